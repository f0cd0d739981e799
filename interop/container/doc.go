// Package container holds the tests of the container image: what is in it, how
// it starts, is watched and stops, and how browsers and other containers reach
// it. They build it from the working tree and need a Docker engine.
package container
