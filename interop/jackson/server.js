// @boxyhq/saml-jackson with its store in memory, which a test starts: a SAML
// service provider, and a SCIM server by its directory sync. Ours is only what
// hands requests on, as the pages of its own product do. It takes one line of
// JSON on the standard input, with an apiKey, writes its address, the tenant URL
// and the access token to the standard output as JSON, shows what its own API
// says of its store under /store, and ends when the standard input does.
"use strict";

const http = require("node:http");
const readline = require("node:readline");
const { controllers } = require("@boxyhq/saml-jackson");

const SCIM = "/api/scim/v2.0";

async function body(request) {
	const parts = [];
	for await (const part of request) parts.push(part);
	return parts.length ? JSON.parse(Buffer.concat(parts).toString()) : undefined;
}

// What the API says, or what it fails with.
async function ask(answer) {
	const { data, error } = await answer;
	if (error) throw new Error(error.message);
	return data;
}

async function store(sync, directory) {
	for (const part of [sync.users, sync.groups]) part.setTenantAndProduct(directory.tenant, directory.product);
	const users = await ask(sync.users.getAll({ directoryId: directory.id }));
	const groups = [];
	for (const group of await ask(sync.groups.getAll({ directoryId: directory.id }))) {
		const members = await ask(sync.groups.getGroupMembers({ groupId: group.id }));
		groups.push({ ...group.raw, id: group.id, displayName: group.name, members: members.map((member) => ({ value: member.user_id })) });
	}
	// Its own reading of a user stands beside what the client sent.
	return { users: users.map(({ raw, id, directoryId, ...own }) => ({ ...raw, own })), groups };
}

// The pages of the product that stand between a browser and its API, at the
// addresses that they have there; /login and /home are of an application that
// uses it, which signs people in by OAuth.
function pages(base, jackson, apiKey) {
	const { spConfig, connectionAPIController: connections, oauthController: oauth } = jackson;
	const callback = base + "/home";
	const application = { client_id: "tenant=contoso.example&product=wiki", redirect_uri: callback };
	const goTo = (response, url) => response.writeHead(302, { Location: url }).end();
	const json = (response, status, data) => response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(data));
	const sorry = (response, text) => response.writeHead(403, { "Content-Type": "text/html" }).end("<title>Sign-in failed</title><p>" + text.replace(/[<&]/g, "") + "</p>");
	return {
		"GET /.well-known/sp-metadata": async (_request, response) => {
			response.writeHead(200, { "Content-Type": "text/xml" }).end(await spConfig.toXMLMetadata());
		},
		"POST /api/v1/sso": async (request, response) => {
			if (request.headers.authorization !== "Api-Key " + apiKey) return json(response, 401, { error: { message: "Unauthorized" } });
			const made = await connections.createSAMLConnection(await body(request));
			json(response, 200, { tenant: made.tenant, product: made.product, idpMetadata: { entityID: made.idpMetadata.entityID } });
		},
		"GET /login": async (_request, response) => {
			const { redirect_url } = await oauth.authorize({ ...application, response_type: "code", state: "wiki" });
			goTo(response, redirect_url);
		},
		"POST /api/oauth/saml": async (request, response) => {
			const parts = [];
			for await (const part of request) parts.push(part);
			const form = new URLSearchParams(Buffer.concat(parts).toString());
			try {
				const { redirect_url } = await oauth.samlResponse({ SAMLResponse: form.get("SAMLResponse"), RelayState: form.get("RelayState") ?? "" });
				goTo(response, redirect_url);
			} catch (error) {
				sorry(response, error.message + (error.internalError ? ": " + error.internalError : ""));
			}
		},
		"GET /home": async (request, response) => {
			const query = new URL(request.url, base).searchParams;
			if (!query.has("code")) return sorry(response, query.get("error_description") ?? "no code");
			const { access_token } = await oauth.token({
				...application, client_secret: "dummy", grant_type: "authorization_code", code: query.get("code"),
			});
			const { email, firstName, lastName } = await oauth.userInfo(access_token);
			json(response, 200, { user: { email, firstName, lastName } });
		},
	};
}

async function serve({ apiKey = "" }) {
	let handle;
	const reply = (response, status, type, data) => {
		response.writeHead(status, { "Content-Type": type });
		response.end(JSON.stringify(data));
	};
	const server = http.createServer((request, response) => {
		handle(request, response).catch((error) => reply(response, 500, "application/json", { error: String(error) }));
	});
	await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
	const base = "http://127.0.0.1:" + server.address().port;

	const quiet = () => {};
	const jackson = await controllers({
		externalUrl: base, samlPath: "/api/oauth/saml", samlAudience: "https://saml.wiki.contoso.example", idpEnabled: true,
		clientSecretVerifier: "dummy", noAnalytics: true, db: { engine: "mem" }, dsync: { callback: async () => {} },
		logger: { info: quiet, warn: quiet, error: quiet },
	});
	const sync = jackson.directorySyncController;
	const directory = await ask(sync.directories.create({ tenant: "contoso.example", product: "wiki", type: "azure-scim-v2" }));
	const page = pages(base, jackson, apiKey);
	handle = async (request, response) => {
		const url = new URL(request.url, base);
		if (url.pathname === "/store") return reply(response, 200, "application/json", await store(sync, directory));
		const known = page[request.method + " " + url.pathname];
		if (known) return known(request, response);
		const [directoryId, resourceType, resourceId] = url.pathname.slice(SCIM.length + 1).split("/");
		const number = (name) => (url.searchParams.has(name) ? Number(url.searchParams.get(name)) : undefined);
		const { status, data } = await sync.requests.handle({
			method: request.method, body: await body(request), directoryId, resourceType: resourceType ?? "", resourceId,
			apiSecret: request.headers.authorization?.split(" ")[1],
			query: { count: number("count"), startIndex: number("startIndex"), filter: url.searchParams.get("filter") ?? undefined },
		});
		reply(response, status, "application/scim+json", data);
	};
	console.log(JSON.stringify({ base, store: base + "/store", tenantURL: base + SCIM + "/" + directory.id, token: directory.scim.secret }));
}

const lines = readline.createInterface({ input: process.stdin });
lines.once("line", (line) => serve(JSON.parse(line)));
lines.once("close", () => process.exit(0));
