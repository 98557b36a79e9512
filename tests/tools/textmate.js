// SPDX-License-Identifier: Apache-2.0
// What VS Code's own engine says of a script: node textmate.js PACKAGES GRAMMAR SCRIPT...
// Prints JSON: for each script its lines, each a list of [text, innermost scope]. A line that the engine gave up
// on is an error.
const fs = require('fs');
const path = require('path');
const [packages, grammar, ...scripts] = process.argv.slice(2);
const textmate = require(path.resolve(packages, 'vscode-textmate'));
const oniguruma = require(path.resolve(packages, 'vscode-oniguruma'));

async function main() {
  await oniguruma.loadWASM(fs.readFileSync(path.resolve(packages, 'vscode-oniguruma/release/onig.wasm')).buffer);
  const registry = new textmate.Registry({
    onigLib: Promise.resolve({
      createOnigScanner: (patterns) => new oniguruma.OnigScanner(patterns),
      createOnigString: (text) => new oniguruma.OnigString(text),
    }),
    loadGrammar: async () => textmate.parseRawGrammar(fs.readFileSync(grammar, 'utf8'), grammar),
  });
  const reader = await registry.loadGrammar(JSON.parse(fs.readFileSync(grammar, 'utf8')).scopeName);
  process.stdout.write(JSON.stringify(scripts.map((script) => {
    let state = textmate.INITIAL;
    return fs.readFileSync(script, 'utf8').split('\n').map((line) => {
      const said = reader.tokenizeLine(line, state);
      if (said.stoppedEarly) throw new Error(`${script}: ${line}`);
      state = said.ruleStack;
      return said.tokens.map((one) => [line.slice(one.startIndex, one.endIndex), one.scopes[one.scopes.length - 1]]);
    });
  })));
}

main();
