const anotherEpoch = 'An id is written under a claim only, and each claim makes another epoch, which the write asks for.';
const sameOrder =
  'Whoever cancels while the job is retried has asked for both at the same time: a cancel that meets the next incarnation is one that came after the retry.';
const callersOwn =
  'Until the lease of a call is over nobody but its caller moves the job, and the function of the caller ends before that; the write that is sent twice finds its own.';

/**
 * Conditions whose absence breaks no invariant, and why: by the beginning of the mutation's name. They stay as a second line of defence, or
 * because they save something; the command tries them for a while all the same.
 */
export const redundant: Readonly<Record<string, string>> = {
  'writes.ts claim 3': 'The commit refuses a job whose cancel was requested, and dismisses it: asking before only saves the claim.',
  'writes.ts renewIntent 1': 'While the epoch is the claimant’s own, nobody else moves a submitting job that has no id.',
  'writes.ts commit 3': anotherEpoch,
  'writes.ts commit 4':
    'A start is written by the commit of its claim only, and a claim asks for the status and the epoch of the job that was read, whose start is older than a quarantine: what a claimant finds there is its own commit, sent twice.',
  'writes.ts record 2': anotherEpoch,
  'writes.ts waitWithId 2': anotherEpoch,
  'writes.ts adopt 3': anotherEpoch,
  'writes.ts dismiss 2': 'Whoever dismisses has read the request, which only a retry takes back: that makes another incarnation.',
  'writes.ts cancelQueued 0': sameOrder,
  'writes.ts cancelHeld 0': sameOrder,
  'writes.ts requestCancel 0': sameOrder,
  'writes.ts news 0': 'A retry clears the platform’s id, which the write asks for, and no platform gives an id twice.',
  'writes.ts news 1': 'Within an incarnation, which the write asks for, the platform’s id does not change.',
  'writes.ts giveUp 0': 'A retry clears the platform’s id, and a new one comes with another epoch: the write asks for both.',
  'writes.ts giveUp 1':
    'What it ends was cancelled on the platform, or was missed there twice: a start that a claimant sends meanwhile is refused there, and its writes by the status.',
  'writes.ts giveUp 3': 'Only a retry clears the platform’s id, and the write asks for the incarnation.',
  'writes.ts answered 0': callersOwn,
  'writes.ts becameJob 0': callersOwn,
  'writes.ts becameJob 1': callersOwn,
  'writes.ts toCollect 0': 'A successful job is never run again, so that its incarnation is its last.',
  'writes.ts toCollect 1': 'Whoever collects has read that the job was successful, and that is final.',
  'writes.ts goOnCopying 0': 'The results become visible with the same write that takes away `copyUntil`, which this one asks for.',
  'writes.ts goOnCopying 1':
    'It is absent where the start of this very execution was not acknowledged: the execution goes on, and whoever would begin anew waits for it.',
  'canary.ts passCanary 2': 'Whoever passes a canary makes another number of work, which the write asks for.',
  'work.ts renew 1': 'When work is settled, none of its chunks is under way, unless somebody starts its machine by hand.',
  'work.ts takeUp 0': 'Work that was settled meanwhile is done once more, which changes nothing; a task that is deleted is not there.',
  'recount.ts recountTask 0':
    'Running a task again leaves work under way, during which no recount ends it, and the counts of that work make every older sum be refused.',
  'lane.ts reserve 1':
    'Tokens are written with their time, which the write asks for, and no two reservations of a lane are made in the same millisecond.',
  'lane.ts leaveRunner 1':
    'A runner that leaves has planned the lane’s next poll, a few seconds off, and that wakes another for what came meanwhile: the condition saves those seconds.',
  'writes.ts fence 1':
    'Within an epoch a job leaves its queue to its end only, and the epoch of what has ended says nothing any more; at its deadline a job that was put back is over as well.',
  'writes.ts hold 1':
    'Until another claim, which makes another epoch, a job without an id is written by its claimant alone, but for a poll that finds its platform removed though it waits for such jobs.',
  'writes.ts record 1': 'The job has ended, or has this very id: the platform’s job is deleted either way.',
  'canary.ts passCanary 1': 'Work begins with another number, which the write asks for.',
  'control.ts resumeTask 1': 'Of a cancelled task nobody asks whether it is paused.',
};
