// Runs test functions under the official MicroPython: node run.mjs INTERPRETER FOLDER < names of modules, one a line
// FOLDER is what the interpreter sees as its root. One line of output per test: JSON of [module, function, error].

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const [interpreter, folder] = process.argv.slice(2);
const { loadMicroPython } = await import(pathToFileURL(interpreter));
const lines = [];
const mp = await loadMicroPython({ heapsize: 1 << 22, linebuffer: true, stdout: (line) => lines.push(line) });

function copy(from, to) {
  for (const name of readdirSync(from)) {
    const there = `${to}/${name}`;
    if (statSync(join(from, name)).isDirectory()) {
      mp.FS.mkdir(there);
      copy(join(from, name), there);
    } else {
      mp.FS.writeFile(there, readFileSync(join(from, name)));
    }
  }
}

copy(folder, '');
mp.runPython(`
import io, json, sys
sys.path.insert(0, '/')

def run(module_name):
    module = __import__(module_name)
    for name in sorted(dir(module)):
        if not name.startswith('test_'):
            continue
        error = None
        try:
            getattr(module, name)()
        except BaseException as raised:
            trace = io.StringIO()
            sys.print_exception(raised, trace)
            error = trace.getvalue()
        print(json.dumps([module_name, name, error]))
`);
for (const module of readFileSync(0, 'utf8').split('\n').filter(Boolean)) {
  try {
    mp.runPython(`run('${module}')`); // one at a time: memory is collected only when control is back here
  } catch (error) {
    process.stderr.write(`${module}: ${error.message}\n`); // and not the interpreter's source along with it
    process.exitCode = 1;
  }
}
process.stdout.write(`${lines.join('\n')}\n`);
