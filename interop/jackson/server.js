// A small SCIM server on the directory sync of @boxyhq/saml-jackson with its
// store in memory, which a test starts. Ours is only what hands requests on, as
// the pages of its own product do. It takes one line of JSON on the standard
// input, writes tenant URL and access token to the standard output as JSON,
// shows what its own API says of its store under /store, and ends when the
// standard input does.
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

async function serve() {
	const quiet = () => {};
	const { directorySyncController: sync } = await controllers({
		externalUrl: "http://localhost", samlPath: "/saml", noAnalytics: true, db: { engine: "mem" }, dsync: { callback: async () => {} },
		logger: { info: quiet, warn: quiet, error: console.error },
	});
	const directory = await ask(sync.directories.create({ tenant: "contoso.example", product: "wiki", type: "azure-scim-v2" }));
	const reply = (response, status, type, data) => {
		response.writeHead(status, { "Content-Type": type });
		response.end(JSON.stringify(data));
	};
	const handle = async (request, response) => {
		const url = new URL(request.url, "http://localhost");
		if (url.pathname === "/store") return reply(response, 200, "application/json", await store(sync, directory));
		const [directoryId, resourceType, resourceId] = url.pathname.slice(SCIM.length + 1).split("/");
		const number = (name) => (url.searchParams.has(name) ? Number(url.searchParams.get(name)) : undefined);
		const { status, data } = await sync.requests.handle({
			method: request.method, body: await body(request), directoryId, resourceType: resourceType ?? "", resourceId,
			apiSecret: request.headers.authorization?.split(" ")[1],
			query: { count: number("count"), startIndex: number("startIndex"), filter: url.searchParams.get("filter") ?? undefined },
		});
		reply(response, status, "application/scim+json", data);
	};
	const server = http.createServer((request, response) => {
		handle(request, response).catch((error) => reply(response, 500, "application/json", { error: String(error) }));
	});
	server.listen(0, "127.0.0.1", () => {
		const base = "http://127.0.0.1:" + server.address().port;
		console.log(JSON.stringify({ store: base + "/store", tenantURL: base + SCIM + "/" + directory.id, token: directory.scim.secret }));
	});
}

const lines = readline.createInterface({ input: process.stdin });
lines.once("line", serve);
lines.once("close", () => process.exit(0));
