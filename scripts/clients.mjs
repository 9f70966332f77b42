// Installs the clients of standards that tests try the API with, into `.venv-clients`; ends with 1 and the reason where that cannot be.
import { installClients } from './install.mjs';

try {
  await installClients();
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
