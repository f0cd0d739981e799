// A small service provider built on @node-saml/node-saml, which a test starts.
// Its configuration is one line of JSON on the standard input; it writes its own
// address to the standard output and ends when the standard input does.
"use strict";

const http = require("node:http");
const readline = require("node:readline");
const { SAML, ValidateInResponseTo } = require("@node-saml/node-saml");

const sessions = new Map(); // SessionIndex -> the profile that node-saml read

function serve(config) {
	let saml, base;
	const server = http.createServer(async (request, response) => {
		const url = new URL(request.url, base);
		const say = (status, title, text) => {
			response.writeHead(status, { "Content-Type": "text/html; charset=utf-8" });
			response.end(`<title>${title}</title><pre id="result">${escape(text)}</pre>`);
		};
		const go = (location, cookie) => {
			response.writeHead(302, cookie === undefined ? { Location: location } : { Location: location, "Set-Cookie": cookie });
			response.end();
		};
		try {
			const route = request.method + " " + url.pathname;
			if (route === "GET /metadata") {
				response.writeHead(200, { "Content-Type": "application/samlmetadata+xml" });
				response.end(saml.generateServiceProviderMetadata(config.decryptionCert ?? null, config.publicCert ?? null));
			} else if (route === "GET /") {
				const index = /\bsid=([^;]+)/.exec(request.headers.cookie ?? "")?.[1];
				const profile = sessions.get(index);
				if (profile !== undefined) {
					say(200, "Wiki", JSON.stringify(profile));
				} else if (config.authnRequestBinding === "HTTP-POST") {
					response.writeHead(200, { "Content-Type": "text/html; charset=utf-8" });
					response.end(await saml.getAuthorizeFormAsync("state"));
				} else {
					go(await saml.getAuthorizeUrlAsync("state", undefined, {}));
				}
			} else if (route === "POST /acs") {
				const form = Object.fromEntries(new URLSearchParams(await body(request)));
				const { profile } = await saml.validatePostResponseAsync(form);
				const { nameID, nameIDFormat, sessionIndex, issuer, inResponseTo, attributes } = profile;
				sessions.set(sessionIndex, { nameID, nameIDFormat, sessionIndex, issuer, inResponseTo, attributes, relayState: form.RelayState });
				go("/", "sid=" + sessionIndex + "; Path=/; HttpOnly");
			} else if (route === "GET /logout") {
				const index = /\bsid=([^;]+)/.exec(request.headers.cookie ?? "")?.[1];
				const profile = sessions.get(index);
				sessions.delete(index);
				go(await saml.getLogoutUrlAsync(profile, "bye", {}), "sid=; Path=/; Max-Age=0");
			} else if (route === "GET /slo") {
				const query = Object.fromEntries(url.searchParams);
				if (query.Signature === undefined) { // node-saml takes a message without one
					throw new Error("the logout message is not signed");
				}
				const { profile } = await saml.validateRedirectAsync(query, url.search.slice(1));
				if (profile === null) {
					say(200, "Goodbye", query.RelayState ?? "");
				} else {
					const ended = sessions.delete(profile.sessionIndex);
					go(await saml.getLogoutResponseUrlAsync(profile, query.RelayState ?? "", {}, ended));
				}
			} else {
				say(404, "Not found", route);
			}
		} catch (error) {
			say(403, "Refused", error.message);
		}
	});
	server.listen(0, "127.0.0.1", () => {
		base = "http://127.0.0.1:" + server.address().port;
		saml = new SAML({
			...config, issuer: base + "/metadata", callbackUrl: base + "/acs", logoutCallbackUrl: base + "/slo",
			validateInResponseTo: ValidateInResponseTo.ifPresent,
		});
		console.log(base);
	});
}

async function body(request) {
	let text = "";
	for await (const chunk of request) {
		text += chunk;
	}
	return text;
}

function escape(text) {
	return text.replace(/[&<>"]/g, (c) => "&#" + c.charCodeAt(0) + ";");
}

const input = readline.createInterface({ input: process.stdin });
input.once("line", (line) => serve(JSON.parse(line)));
input.once("close", () => process.exit(0));
