// Finds a Python that can carry the local environment; shared by the installer and the doctor.
import { spawnSync } from 'node:child_process';

const probe = `import sys, json, importlib.util as u
has = lambda name: u.find_spec(name) is not None
pip = [0]
if has('pip'):
    import pip as p
    pip = [int(n) for n in p.__version__.split('.')[:2]]
print(json.dumps({'version': list(sys.version_info[:2]), 'venv': has('venv'), 'ensurepip': has('ensurepip'), 'pip': pip}))`;

function ask(program) {
  const { status, stdout } = spawnSync(program, ['-c', probe], { encoding: 'utf8' });
  return status === 0 ? { program, ...JSON.parse(stdout) } : undefined;
}

const newest = 14;
// pip 22.3 brought `pip --python`, which fills a virtual environment that has no pip of its own.
const fills = ({ ensurepip, pip: [major, minor] }) => ensurepip || major > 22 || (major === 22 && minor >= 3);

/**
 * The first usable of SWATH_PYTHON, python3, python3.12 ... from 3.`oldest` on: `{program, version, ensurepip}`, or `{missing}` with what to
 * do.
 */
export function findPython(oldest = 10) {
  const supported = ({ version: [major, minor] }) => major === 3 && minor >= oldest && minor <= newest;
  const names = ['python3', 'python3.12', 'python3.11', 'python3.13', 'python3.14', 'python3.10'];
  const found = (process.env.SWATH_PYTHON ? [process.env.SWATH_PYTHON] : names).map(ask).filter(Boolean);
  const right = found.filter(supported);
  const usable = right.find((python) => python.venv && fills(python));
  if (usable) return { program: usable.program, version: usable.version.join('.'), ensurepip: usable.ensurepip };
  if (right.length > 0) {
    const version = right[0].version.join('.');
    return {
      missing: `Python ${version} is here but cannot make virtual environments. On Debian and Ubuntu: apt-get install python3-venv`,
    };
  }
  const others = found.map(({ program, version }) => `${program} is ${version.join('.')}`).join(', ') || 'none was found';
  return { missing: `Python 3.${oldest} to 3.${newest} is needed (${others}). SWATH_PYTHON may name the program.` };
}
