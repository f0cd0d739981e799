// A small identity provider built on samlp, Auth0's implementation, which a test
// starts. Its configuration is one line of JSON on the standard input: metadata of
// the service provider, unless they are posted to /service-provider later, key,
// cert, user, and options of samlp that replace those read from the metadata. With
// passwords, by user name, it asks for both on a page each; without them the user
// is signed in already. It writes its own address to the standard output and ends
// when the standard input does.
"use strict";

const http = require("node:http");
const readline = require("node:readline");
const { DOMParser } = require("@auth0/xmldom");
const samlp = require("samlp");

// What an administrator would take from the metadata of a service provider.
function serviceProvider(metadata) {
	const document = new DOMParser().parseFromString(metadata, "text/xml");
	const services = Array.from(document.getElementsByTagNameNS("urn:oasis:names:tc:SAML:2.0:metadata", "AssertionConsumerService"));
	const service = services.find((one) => one.getAttribute("isDefault") === "true") ?? services[0];
	return { audience: document.documentElement.getAttribute("entityID"), acs: service.getAttribute("Location") };
}

// samlp takes claims from a profile mapper: ours sends what the test names.
function mapper(user) {
	return {
		getClaims: () => user.attributes ?? {},
		getNameIdentifier: () => ({ nameIdentifier: user.nameID, nameIdentifierFormat: user.nameIDFormat }),
	};
}
mapper.prototype.metadata = [];

async function text(request) {
	const parts = [];
	for await (const part of request) parts.push(part);
	return Buffer.concat(parts).toString();
}

// The pages that ask who somebody is. What is typed comes back as text only.
function ask(response, status, title, fields) {
	const quote = (value) => value.replace(/[&<>"]/g, (character) => "&#" + character.charCodeAt(0) + ";");
	const input = ([name, type, value]) => `<input name="${name}" type="${type}" value="${quote(value)}">`;
	response.writeHead(status, { "Content-Type": "text/html" });
	response.end(`<title>${title}</title><h1>${title}</h1><form method="post" action="/login">${fields.map(input).join("")}<button name="do" value="back">Back</button><button name="do" value="next">Next</button></form>`);
}

async function login(request, response, passwords) {
	const form = new URLSearchParams(await text(request));
	const [next, user, password] = ["next", "username", "pwd"].map((name) => form.get(name) ?? "");
	const hidden = [["next", "hidden", next]];
	if (form.get("do") !== "next") return ask(response, 200, "Who are you?", [["username", "text", ""], ...hidden]);
	hidden.push(["username", "hidden", user]);
	if (!form.has("pwd")) return ask(response, 200, "Your password", [["pwd", "password", ""], ...hidden]);
	if (!password || passwords[user] !== password) return ask(response, 401, "Wrong user name or password", [["pwd", "password", ""], ...hidden]);
	response.writeHead(303, { Location: next, "Set-Cookie": "signedin=yes; HttpOnly; SameSite=Lax" });
	response.end();
}

function serve(config) {
	let base, signIn, metadata;
	const server = http.createServer(async (request, response) => {
		const url = new URL(request.url, base);
		// The parts of express that samlp uses.
		Object.assign(request, { query: Object.fromEntries(url.searchParams), body: {}, originalUrl: request.url, protocol: "http" });
		response.set = (name, value) => response.setHeader(name, value);
		response.send = (body) => response.end(body);
		const fail = (error) => {
			response.statusCode = 500;
			response.end(String(error?.message ?? "no response"));
		};
		switch (request.method + " " + url.pathname) {
			case "GET /FederationMetadata/2007-06/FederationMetadata.xml":
				return metadata(request, response);
			case "POST /service-provider":
				trust(await text(request));
				return response.end("trusted");
			case "POST /login":
				return login(request, response, config.passwords);
			case "GET /sso":
				if (!signIn) return fail(new Error("No service provider is known."));
				if (config.passwords && !request.headers.cookie?.includes("signedin=yes")) {
					return ask(response, 200, "Who are you?", [["username", "text", ""], ["next", "hidden", request.url]]);
				}
				return signIn(request, response, fail);
			default:
				response.statusCode = request.method === "HEAD" ? 405 : 404;
				return response.end();
		}
	});
	const trust = (document) => {
		const { audience, acs } = serviceProvider(document);
		signIn = samlp.auth({
			issuer: base + "/metadata", cert: config.cert, key: config.key, audience, destination: acs, recipient: acs,
			lifetimeInSeconds: 300, sessionIndex: "_" + Date.now(), profileMapper: mapper,
			getUserFromRequest: () => config.user,
			getPostURL: (_audience, _request, _http, found) => found(null, acs),
			...config.options,
		});
	};
	server.listen(0, "127.0.0.1", () => {
		base = "http://localhost:" + server.address().port; // another site than the instance's 127.0.0.1
		metadata = samlp.metadata({
			issuer: base + "/metadata", cert: config.cert, profileMapper: mapper,
			redirectEndpointPath: "/sso", postEndpointPath: "/sso", logoutEndpointPaths: {},
		});
		if (config.metadata) trust(config.metadata);
		console.log(base);
	});
}

const input = readline.createInterface({ input: process.stdin });
input.once("line", (line) => serve(JSON.parse(line)));
input.once("close", () => process.exit(0));
