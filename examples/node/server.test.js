"use strict";

const assert = require("node:assert/strict");
const { after, before, test } = require("node:test");
const harness = require("./harness.js");
const service = require("./server.js");

let sp, entra;

before(async () => {
	sp = await service.start();
	entra = await harness.start("tenant.yaml", { sp: sp.url });
	const metadata = await (await fetch(entra.env.HARNESS_ENTRA_METADATA_URL)).text();
	sp.trust({
		loginURL: entra.env.HARNESS_ENTRA_LOGIN_URL,
		issuer: entra.env.HARNESS_ENTRA_ISSUER,
		certificate: /<(?:\w+:)?X509Certificate>([^<]+)</.exec(metadata)[1],
	});
});

after(async () => {
	await entra?.stop();
	sp?.close();
});

// signIn has Entra sign a user in, up to the form that a browser would post to
// the service.
async function signIn(user) {
	const redirect = await fetch(sp.url + "/", { redirect: "manual" });
	assert.equal(redirect.status, 302);
	return entra.call("POST", "/v1/sign-in", { user, url: redirect.headers.get("location"), fresh: true });
}

function post(form) {
	return fetch(form.url, { method: "POST", body: new URLSearchParams(form.fields), redirect: "manual" });
}

test("somebody who is assigned signs in", async () => {
	const { status, body: form } = await signIn("ana@contoso.example");
	assert.equal(status, 200);
	assert.equal(form.url, sp.url + "/acs");
	const signedIn = await post(form);
	assert.equal(signedIn.status, 303);
	const cookie = signedIn.headers.get("set-cookie").split(";")[0];
	const page = await fetch(sp.url + "/", { headers: { Cookie: cookie } });
	assert.equal(await page.text(), "Hello Ana Sousa");
});

test("somebody who is not assigned learns why", async () => {
	const { status, body: problem } = await signIn("dan@contoso.example");
	assert.equal(status, 422);
	assert.equal(problem.code, "AADSTS50105");
	assert.equal(problem.fix, "entra");
});

test("a response is taken once", async () => {
	const { body: form } = await signIn("ana@contoso.example");
	assert.equal((await post(form)).status, 303);
	const again = await post(form);
	assert.equal(again.status, 403);
	assert.match(await again.text(), /InResponseTo/);
});

test("a response that was changed on the way is refused", async () => {
	const { body: form } = await signIn("ana@contoso.example");
	const xml = Buffer.from(form.fields.SAMLResponse, "base64").toString();
	assert.match(xml, /Ana Sousa/);
	form.fields.SAMLResponse = Buffer.from(xml.replace("Ana Sousa", "Eva Sousa")).toString("base64");
	assert.equal((await post(form)).status, 403);
});

test("a response from the future is refused", async () => {
	await entra.call("POST", "/v1/clock/advance", { by: "1h" }); // Entra's clock gets ahead
	const { status, body: form } = await signIn("ana@contoso.example");
	assert.equal(status, 200);
	const early = await post(form);
	assert.equal(early.status, 403);
	assert.match(await early.text(), /not yet valid/);
});
