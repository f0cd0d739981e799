// A small service whose users sign in with SAML by @node-saml/node-saml: the
// software under test in this example.
"use strict";

const crypto = require("node:crypto");
const http = require("node:http");
const { SAML, ValidateInResponseTo } = require("@node-saml/node-saml");

const sessions = new Map(); // cookie -> the name to greet

// start listens on a free port and resolves with the base URL and close. The
// identity provider is set by trust, once it is known.
function start() {
	let saml;
	const server = http.createServer(async (request, response) => {
		const route = request.method + " " + new URL(request.url, "http://localhost").pathname;
		const answer = (status, headers, text) => response.writeHead(status, headers).end(text);
		try {
			if (route === "GET /") {
				const name = sessions.get(/\bsession=([^;]+)/.exec(request.headers.cookie ?? "")?.[1]);
				if (name === undefined) {
					answer(302, { Location: await saml.getAuthorizeUrlAsync("/", undefined, {}) });
				} else {
					answer(200, { "Content-Type": "text/plain; charset=utf-8" }, "Hello " + name);
				}
			} else if (route === "POST /acs") {
				const { profile } = await saml.validatePostResponseAsync(Object.fromEntries(new URLSearchParams(await body(request))));
				const session = crypto.randomUUID();
				sessions.set(session, profile.attributes["http://schemas.microsoft.com/identity/claims/displayname"]);
				answer(303, { Location: "/", "Set-Cookie": `session=${session}; Path=/; HttpOnly; SameSite=Lax` });
			} else {
				answer(404, {}, "not found");
			}
		} catch (error) {
			answer(403, { "Content-Type": "text/plain; charset=utf-8" }, error.message);
		}
	});
	return new Promise((resolve) => server.listen(0, "127.0.0.1", () => {
		const url = "http://127.0.0.1:" + server.address().port;
		const trust = ({ loginURL, issuer, certificate }) => {
			saml = new SAML({
				entryPoint: loginURL, idpIssuer: issuer, idpCert: certificate, issuer: url, callbackUrl: url + "/acs",
				wantAuthnResponseSigned: false, wantAssertionsSigned: true, validateInResponseTo: ValidateInResponseTo.always,
			});
		};
		resolve({ url, trust, close: () => server.close() });
	}));
}

async function body(request) {
	let text = "";
	for await (const chunk of request) {
		text += chunk;
	}
	return text;
}

module.exports = { start };
