// Starts `harness up` beside a test and steers it through its control API.
"use strict";

const { spawn } = require("node:child_process");
const readline = require("node:readline");

// start runs the program that HARNESS names, or the one on the PATH, with a
// scenario file for its state, on free ports. It resolves once everything is
// ready, with the variables that --env-file would have, call, and stop.
async function start(scenario, variables) {
	const free = ["--entra-addr", "--aws-addr", "--control-addr"].flatMap((flag) => [flag, "127.0.0.1:0"]);
	const vars = Object.entries(variables).flatMap(([name, value]) => ["--var", `${name}=${value}`]);
	const child = spawn(process.env.HARNESS ?? "harness", ["up", "--json", ...free, ...vars, scenario], { stdio: ["ignore", "pipe", "inherit"] });
	const ended = new Promise((resolve) => child.once("exit", resolve));
	const env = await new Promise((resolve, reject) => {
		child.once("error", reject);
		child.once("exit", (status) => reject(new Error(`harness up ended with status ${status}`)));
		readline.createInterface({ input: child.stdout }).once("line", (line) => resolve(JSON.parse(line)));
	});
	return {
		env,
		// call resolves with the status and the body of a request to the control API.
		async call(method, path, value) {
			const response = await fetch(env.HARNESS_CONTROL_URL + path, {
				method, body: JSON.stringify(value), headers: { "Content-Type": "application/json" },
			});
			const text = await response.text();
			return { status: response.status, body: text === "" ? undefined : JSON.parse(text) };
		},
		stop() {
			child.kill("SIGTERM");
			return ended;
		},
	};
}

module.exports = { start };
