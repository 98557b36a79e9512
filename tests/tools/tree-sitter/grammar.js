// SPDX-License-Identifier: Apache-2.0
// grammar.js -> JSON on stdout, by the functions of tree-sitter's CLI: node grammar.js CLI_FOLDER GRAMMAR
const Module = require('module');
const path = require('path');

// What the CLI has in C++: an object whose members are the grammar's symbols.
class RuleBuilder {
  constructor(known) {
    return new Proxy({}, {
      get(_, name) {
        const symbol = {type: 'SYMBOL', name};
        if (!known || known[name]) return symbol;
        return Object.assign(new ReferenceError(`undefined symbol ${String(name)}`), {symbol});
      },
    });
  }
}

const load = Module._load;
Module._load = function (name, ...rest) {
  return name === './binding' ? {RuleBuilder} : load.call(this, name, ...rest);
};
const [cli, grammar] = process.argv.slice(2);
Object.assign(global, require(path.resolve(cli, 'lib/api/dsl.js')));
process.stdout.write(JSON.stringify(require(path.resolve(grammar))));
