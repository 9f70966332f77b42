// A virtual environment with exactly the packages of one hash-pinned file.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { findPython } from './python.mjs';

/** What a folder holds when it is up to date. Programs in it name the folder where it was made: moved it is useless, linked to it is not. */
function stampOf({ folder, requirements }) {
  const home = existsSync(folder) ? realpathSync(folder) : resolve(folder);
  return createHash('sha256').update(readFileSync(requirements)).update(home).digest('hex');
}

/** Whether the folder holds exactly the packages of its file and was made where it is. */
export function isInstalled({ folder, requirements }) {
  const stamp = `${folder}/.swath-stamp`;
  return existsSync(stamp) && existsSync(`${folder}/bin/python`) && readFileSync(stamp, 'utf8') === stampOf({ folder, requirements });
}

/**
 * Makes `{folder, requirements, imports, minor}` anew with `run(commands)`: `imports` show that it works, `minor` is the oldest 3.x that will
 * do. Throws when no Python of this machine will.
 */
export async function makeVenv(venv, run) {
  const { folder, requirements, imports, minor } = venv;
  const { program, ensurepip, missing } = findPython(minor);
  if (missing) throw new Error(missing);
  const wheels = ['--disable-pip-version-check', '--no-input', '--only-binary', ':all:', '--require-hashes', '-r', requirements];
  // Removed here and not by `venv --clear`, which empties what a symbolic link points to.
  rmSync(folder, { recursive: true, force: true });
  const python = `${folder}/bin/python`;
  const commands = ensurepip
    ? [
        [program, '-m', 'venv', folder],
        [python, '-m', 'pip', 'install', ...wheels],
      ]
    : [
        [program, '-m', 'venv', '--without-pip', folder],
        [program, '-m', 'pip', '--python', python, 'install', ...wheels],
      ];
  await run(commands);
  if (spawnSync(python, ['-c', `import ${imports}`], { stdio: 'ignore' }).status !== 0)
    throw new Error(`The Python packages are installed but cannot be imported: ${python} -c "import ${imports}" says why.`);
  writeFileSync(`${folder}/.swath-stamp`, stampOf(venv));
}
