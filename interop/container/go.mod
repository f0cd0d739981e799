module github.com/idharness/harness/interop/container

go 1.26.0

replace github.com/idharness/harness => ../../
