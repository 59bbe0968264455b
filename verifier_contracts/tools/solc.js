#!/usr/bin/env node
// solc for forge: npm's pinned compiler behind the two calls that forge makes, so that no build downloads one.
//   solc.js --version          the native binary's two lines
//   solc.js --standard-json    standard JSON on stdin, result on stdout
"use strict";

const solc = require("solc");

const arguments_ = process.argv.slice(2);
if (arguments_.includes("--version")) {
  process.stdout.write(
    `solc, the solidity compiler commandline interface\nVersion: ${solc.version()}\n`,
  );
} else if (arguments_.includes("--standard-json")) {
  const chunks = [];
  process.stdin.on("data", (chunk) => chunks.push(chunk));
  process.stdin.on("end", () => {
    const result = solc.compile(Buffer.concat(chunks).toString("utf8"));
    // The process ends by itself once a pipe has taken everything; process.exit would cut a long result.
    process.stdout.write(result);
  });
} else {
  process.stderr.write("solc.js: expected --version or --standard-json\n");
  process.exitCode = 2;
}
