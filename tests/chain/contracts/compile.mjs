// Compiles Doubles.sol with the solc of verifier_contracts: node tests/chain/contracts/compile.mjs
import { createRequire } from "node:module";
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import path from "node:path";

const here = path.dirname(fileURLToPath(import.meta.url));
const require = createRequire(path.join(here, "../../../verifier_contracts/package.json"));
const solc = require("solc");
const input = {
  language: "Solidity",
  sources: { "Doubles.sol": { content: readFileSync(path.join(here, "Doubles.sol"), "utf8") } },
  settings: {
    optimizer: { enabled: true, runs: 200 },
    evmVersion: "cancun",
    metadata: { bytecodeHash: "none" },
    outputSelection: { "*": { "*": ["abi", "evm.bytecode.object"] } },
  },
};
const output = JSON.parse(solc.compile(JSON.stringify(input)));
for (const error of output.errors ?? []) {
  if (error.severity === "error") throw new Error(error.formattedMessage);
}
const contracts = {};
for (const [name, found] of Object.entries(output.contracts["Doubles.sol"])) {
  contracts[name] = { abi: found.abi, bytecode: "0x" + found.evm.bytecode.object };
}
writeFileSync(path.join(here, "Doubles.json"), JSON.stringify(contracts, null, 1) + "\n");
