// Package harnesstest starts the harness as a container beside a test that uses
// ory/dockertest, for tests that have their other services in containers too.
// A test that is content with a harness in its own process has no need of it:
// see [github.com/idharness/harness.Run].
//
//	pool := harnesstest.Pool(t)
//	c := harnesstest.Run(t, pool)
//	resp, err := http.Get(c.MetadataURL) // Entra's federation metadata
//
// # Addresses
//
// The container listens inside on the ports that it is published on, free ones
// of the host, and its base URLs name them, so that every document, redirect and
// form leads to where a browser on the host finds it. They stay the same when
// the container is restarted.
//
// With [Config].Network other containers of that network reach it too, by the
// same addresses: the base URLs then have the host names [EntraHost] and
// [AWSHost], which are the container's in the network, and loopback on the host.
// Browsers resolve them by themselves; for Go there is [Container.Client].
//
// # Image
//
// Unless [Config].Image names one, the image is built: from the version of the
// harness that the go.mod of the test requires, with the go command, as [Image]
// does it. Nothing is pulled.
package harnesstest
