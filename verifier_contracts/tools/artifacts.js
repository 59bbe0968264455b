#!/usr/bin/env node
// Compiles src/ with npm's solc and writes the artifacts that ship in the Python package.
//   artifacts.js          write zkattest/chain/artifacts/<Contract>.json
//   artifacts.js --check FOLDER
//                         recompile; fail unless every shipped file has the same bytes, and the same bytecode as
//                         forge's build in FOLDER (out/ is what the tests ran)
"use strict";

const fs = require("fs");
const path = require("path");
const crypto = require("crypto");
const solc = require("solc");

const ROOT = path.resolve(__dirname, "..");
const DESTINATION = path.resolve(ROOT, "../zkattest/chain/artifacts");
const EIP_170_LIMIT = 24576;

// What ships; an interface has an ABI and empty bytecode.
const CONTRACTS = [
  ["src/interfaces/IVerifier.sol", "IVerifier"],
  ["src/registry/AttestationRegistry.sol", "AttestationRegistry"],
  ["src/registry/DatasetRegistry.sol", "DatasetRegistry"],
  ["src/registry/DeploymentGate.sol", "DeploymentGate"],
  ["src/registry/MetricRegistry.sol", "MetricRegistry"],
  ["src/registry/ModelRegistry.sol", "ModelRegistry"],
  ["src/verifier/EzklVerifier.sol", "EzklVerifier"],
  ["src/verifier/SumcheckVerifier.sol", "SumcheckVerifier"],
  ["src/verifier/VerifyingKeyStore.sol", "VerifyingKeyStore"],
];

// The same as foundry.toml; `--check` finds out where they differ.
const SETTINGS = {
  optimizer: { enabled: true, runs: 20000 },
  viaIR: true,
  evmVersion: "cancun",
  metadata: { bytecodeHash: "none", appendCBOR: false },
  remappings: ["@openzeppelin/=node_modules/@openzeppelin/"],
};

// 2394: transient storage lasts until the transaction ends. DataContract clears it before its call returns. (forge
// leaves this warning out by itself.)
const KNOWN_WARNINGS = ["2394"];

function fail(message) {
  process.stderr.write(`artifacts: ${message}\n`);
  process.exit(1);
}

function solidityFiles(folder) {
  return fs
    .readdirSync(path.join(ROOT, folder), { withFileTypes: true })
    .flatMap((entry) => {
      const name = `${folder}/${entry.name}`;
      if (entry.isDirectory()) return solidityFiles(name);
      return name.endsWith(".sol") ? [name] : [];
    })
    .sort();
}

// All of src/ and what it imports, by name, in order. forge gives solc every file, not only its own: the optimiser's
// choices depend on the numbers that files get, so that the same bytes need the same list.
function allSources() {
  const texts = {};
  for (const name of solidityFiles("src")) texts[name] = fs.readFileSync(path.join(ROOT, name), "utf8");
  const findImport = (name) => {
    try {
      texts[name] = fs.readFileSync(path.join(ROOT, name), "utf8");
      return { contents: texts[name] };
    } catch (error) {
      return { error: `cannot read ${name}: ${error.code}` };
    }
  };
  run(texts, {}, findImport);
  return Object.fromEntries(Object.entries(texts).sort(([one], [other]) => (one < other ? -1 : 1)));
}

function run(texts, outputSelection, findImport) {
  const sources = Object.fromEntries(Object.entries(texts).map(([name, content]) => [name, { content }]));
  const input = { language: "Solidity", sources, settings: { ...SETTINGS, outputSelection } };
  return JSON.parse(solc.compile(JSON.stringify(input), { import: findImport }));
}

function compile() {
  const texts = allSources();
  const wanted = ["abi", "metadata", "evm.bytecode.object", "evm.deployedBytecode.object"];
  const output = run(texts, { "*": { "*": wanted } }, (name) => ({ error: `${name} was not read` }));
  const problems = (output.errors || []).filter(
    (entry) => entry.severity !== "info" && !KNOWN_WARNINGS.includes(entry.errorCode),
  );
  if (problems.length > 0) fail(problems.map((entry) => entry.formattedMessage).join("\n"));
  return { contracts: output.contracts, texts };
}

// sha256 over every source that the contract is compiled from: path, zero byte, sha256 of the text; sorted by path.
function sourceHash(metadata, texts) {
  const hash = crypto.createHash("sha256");
  for (const name of Object.keys(metadata.sources).sort()) {
    hash.update(`${name}\0`);
    hash.update(crypto.createHash("sha256").update(texts[name]).digest());
  }
  return `0x${hash.digest("hex")}`;
}

function artifact(contractName, compiled, texts) {
  const deployed = compiled.evm.deployedBytecode.object;
  if (deployed.length / 2 > EIP_170_LIMIT) {
    fail(`${contractName} has ${deployed.length / 2} bytes, EIP-170 allows ${EIP_170_LIMIT}`);
  }
  return {
    contractName,
    abi: compiled.abi,
    bytecode: `0x${compiled.evm.bytecode.object}`,
    deployedBytecode: `0x${deployed}`,
    compiler: { version: solc.version(), settings: SETTINGS },
    sourceHash: sourceHash(JSON.parse(compiled.metadata), texts),
  };
}

function encode(record) {
  return `${JSON.stringify(record, null, 1)}\n`;
}

function checkAgainstForge(folder, source, record) {
  const file = path.resolve(folder, path.basename(source), `${record.contractName}.json`);
  if (!fs.existsSync(file)) fail(`${path.relative(ROOT, file)} is missing: run forge build`);
  const forged = JSON.parse(fs.readFileSync(file, "utf8"));
  for (const [ours, theirs] of [["bytecode", "bytecode"], ["deployedBytecode", "deployedBytecode"]]) {
    if (record[ours] !== forged[theirs].object) {
      fail(`${record.contractName}: ${ours} differs from forge's build; are SETTINGS and foundry.toml the same?`);
    }
  }
}

function main() {
  const [flag, folder] = process.argv.slice(2);
  const check = flag === "--check";
  if (flag !== undefined && !(check && folder !== undefined)) fail("expected no arguments, or --check FOLDER");
  const { contracts, texts } = compile();
  const expected = new Map();
  for (const [source, contractName] of CONTRACTS) {
    const record = artifact(contractName, contracts[source][contractName], texts);
    expected.set(`${contractName}.json`, encode(record));
    if (check) checkAgainstForge(folder, source, record);
  }
  if (!check) fs.mkdirSync(DESTINATION, { recursive: true });
  const present = fs.existsSync(DESTINATION) ? fs.readdirSync(DESTINATION) : [];
  for (const name of present.filter((name) => name.endsWith(".json") && !expected.has(name))) {
    if (check) fail(`${name} is shipped and no longer compiled: run npm run build`);
    fs.unlinkSync(path.join(DESTINATION, name));
  }
  for (const [name, text] of expected) {
    const file = path.join(DESTINATION, name);
    if (!check) fs.writeFileSync(file, text);
    else if (!fs.existsSync(file) || fs.readFileSync(file, "utf8") !== text) {
      fail(`${name} is not what src/ compiles to: run npm run build and commit the result`);
    }
  }
  process.stdout.write(`artifacts: ${expected.size} contracts ${check ? "checked" : "written"}\n`);
}

main();
