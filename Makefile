# Targets: run, build, test, bench, update, lint, clean. All are described in CONTRIBUTING.md.

STATICCHECK = honnef.co/go/tools/cmd/staticcheck@v0.8.2
MODULES     = interop interop/scimpeer $(patsubst %/go.mod,%,$(wildcard examples/*/go.mod))

.PHONY: run build test peers format vet staticcheck unit nested bench update clean

run: build
	bin/harness run scenarios/entra-to-aws.yaml

build:
	CGO_ENABLED=0 go build -trimpath -o bin/harness ./cmd/harness

test: peers format vet staticcheck unit nested

# The third-party software that judges us, where it can be installed.
peers:
	sh interop/install-peers.sh

format:
	@unformatted=$$(gofmt -l $$(git ls-files --cached --others --exclude-standard '*.go')); \
	if [ -n "$$unformatted" ]; then echo "not gofmt-ed:"; echo "$$unformatted"; exit 1; fi

vet:
	go vet ./...
	@for m in $(MODULES); do echo "go vet ($$m)"; (cd $$m && go vet ./...) || exit 1; done

staticcheck:
	go run $(STATICCHECK) ./...
	@for m in $(MODULES); do echo "staticcheck ($$m)"; (cd $$m && go run $(STATICCHECK) ./...) || exit 1; done

unit:
	go test -race ./...

nested:
	@for m in $(MODULES); do echo "go test ($$m)"; (cd $$m && go test -race ./...) || exit 1; done

bench:
	go test -run '^$$' -bench . -benchmem ./...
	cd interop/scimpeer && go test -run '^$$' -bench . -benchtime 1x

# Rewrites golden files with what the code does now; read the diff.
update:
	go test $$(git grep -l 'flag.Bool("update"' -- '*_test.go' ':!interop' ':!examples' | xargs -n1 dirname | sort -u | sed 's|^|./|') -update

clean:
	rm -rf bin
