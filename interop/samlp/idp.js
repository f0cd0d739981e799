// A small identity provider built on samlp, Auth0's implementation, which a test
// starts. Its configuration is one line of JSON on the standard input: metadata of
// the service provider, key, cert, user, and options of samlp that replace those
// read from the metadata. It writes its own address to the standard output and
// ends when the standard input does.
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

function serve(config) {
	const { audience, acs } = serviceProvider(config.metadata);
	let base, signIn, metadata;
	const server = http.createServer((request, response) => {
		const url = new URL(request.url, base);
		// The parts of express that samlp uses.
		Object.assign(request, { query: Object.fromEntries(url.searchParams), body: {}, originalUrl: request.url, protocol: "http" });
		response.set = (name, value) => response.setHeader(name, value);
		response.send = (body) => response.end(body);
		const fail = (error) => {
			response.statusCode = 500;
			response.end(String(error?.message ?? "no response"));
		};
		switch (url.pathname) {
			case "/FederationMetadata/2007-06/FederationMetadata.xml":
				return metadata(request, response);
			case "/sso":
				return signIn(request, response, fail);
			default:
				response.statusCode = 404;
				return response.end();
		}
	});
	server.listen(0, "127.0.0.1", () => {
		base = "http://localhost:" + server.address().port; // another site than the instance's 127.0.0.1
		const issuer = base + "/metadata";
		metadata = samlp.metadata({
			issuer, cert: config.cert, profileMapper: mapper,
			redirectEndpointPath: "/sso", postEndpointPath: "/sso", logoutEndpointPaths: {},
		});
		signIn = samlp.auth({
			issuer, cert: config.cert, key: config.key, audience, destination: acs, recipient: acs,
			lifetimeInSeconds: 300, sessionIndex: "_" + Date.now(), profileMapper: mapper,
			getUserFromRequest: () => config.user,
			getPostURL: (_audience, _request, _http, found) => found(null, acs),
			...config.options,
		});
		console.log(base);
	});
}

const input = readline.createInterface({ input: process.stdin });
input.once("line", (line) => serve(JSON.parse(line)));
input.once("close", () => process.exit(0));
