/** USD, list prices of us-east-1 without free tiers (aws.amazon.com/pricing of each service, 2026-03). */
export const prices = {
  lambdaRequest: 0.2e-6,
  /** arm64, as all functions are. */
  lambdaGigabyteSecond: 0.0000133334,
  /** On demand: 1 KB written. */
  writeUnit: 0.625e-6,
  /** 4 KB read consistently, 8 KB otherwise. */
  readUnit: 0.125e-6,
  /** 64 KB sent, received or deleted; each is a request. */
  queueRequest: 0.4e-6,
  logKilobyte: 0.5e-6,
  expressRequest: 1e-6,
  expressGigabyteSecond: 0.00001667,
  /** Put on a bus of our own; its rules are free. */
  event: 1e-6,
  objectPut: 5e-6,
  /** HTTP API. */
  apiRequest: 1e-6,
};
