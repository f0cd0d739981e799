// A small SCIM server built on scimmy and scimmy-routers, which a test starts.
// They read requests, check them against the schemas, carry out filters and
// PATCH, and write responses; ours is the store. Its configuration is one line
// of JSON on the standard input: the access token. It writes its tenant URL to
// the standard output as JSON, shows the store under /store, and ends when the
// standard input does.
"use strict";

const readline = require("node:readline");
const express = require("express");
const SCIMMY = require("scimmy");
const { default: SCIMMYRouters } = require("scimmy-routers");

const plain = (value) => JSON.parse(JSON.stringify(value));

// The handlers of a type, whose resources bear a name that is unique. removed is
// told the id of what was deleted.
function handlers(name, removed = () => {}) {
	const stored = new Map();
	let serial = 0;
	const found = (id) => {
		if (!stored.has(id)) throw new SCIMMY.Types.Error(404, null, `Resource ${id} not found`);
		return stored.get(id);
	};
	return {
		stored,
		ingress: (resource, data) => {
			const id = resource.id ?? name + ++serial;
			const before = resource.id === undefined ? {} : found(id);
			for (const other of stored.values()) {
				if (other.id !== id && other[name].toLowerCase() === data[name].toLowerCase()) {
					throw new SCIMMY.Types.Error(409, "uniqueness", `${name} is taken`);
				}
			}
			const now = new Date().toISOString();
			stored.set(id, { ...plain(data), id, meta: { created: before.meta?.created ?? now, lastModified: now } });
			return stored.get(id);
		},
		egress: (resource) => {
			if (resource.id !== undefined) return found(resource.id);
			const all = [...stored.values()];
			return resource.filter ? resource.filter.match(all) : all;
		},
		degress: (resource) => {
			found(resource.id);
			stored.delete(resource.id);
			removed(resource.id);
		},
	};
}

function serve({ token }) {
	const { stored: groups, ...group } = handlers("displayName");
	const { stored: users, ...user } = handlers("userName", (id) => {
		for (const one of groups.values()) one.members = one.members?.filter((member) => member.value !== id);
	});
	SCIMMY.Resources.declare(SCIMMY.Resources.User, user);
	SCIMMY.Resources.User.extend(SCIMMY.Schemas.EnterpriseUser, false);
	SCIMMY.Resources.declare(SCIMMY.Resources.Group, group);
	const app = express();
	app.get("/store", (request, response) => {
		response.json({ users: [...users.values()], groups: [...groups.values()] });
	});
	app.use("/scim/v2", new SCIMMYRouters({
		type: "bearer",
		handler: (request) => {
			if (request.header("Authorization") !== "Bearer " + token) throw new Error("another token");
			return "entra";
		},
	}));
	const server = app.listen(0, "127.0.0.1", () => {
		const base = "http://127.0.0.1:" + server.address().port;
		console.log(JSON.stringify({ store: base + "/store", tenantURL: base + "/scim/v2", token }));
	});
}

const lines = readline.createInterface({ input: process.stdin });
lines.once("line", (line) => serve(JSON.parse(line)));
lines.once("close", () => process.exit(0));
