# Targets: run, build, binaries, image, release, test, bench, update, clean. All are described in CONTRIBUTING.md.

STATICCHECK = honnef.co/go/tools/cmd/staticcheck@v0.8.2
MODULES     = harnesstest interop interop/container interop/controlapi interop/scimpeer $(patsubst %/go.mod,%,$(wildcard examples/*/go.mod))

.PHONY: run build binaries image release cross installable test peers format vet staticcheck unit nested bench update clean

run: build
	bin/harness run scenarios/entra-to-aws.yaml

build:
	CGO_ENABLED=0 go build -trimpath -o bin/harness ./cmd/harness

# What the container image is made of; deploy/Dockerfile says how.
ARCH   = $(shell go env GOARCH)
IMAGE  = harness
DOCKER = docker

binaries:
	@for arch in amd64 arm64; do $(MAKE) --no-print-directory bin/linux-$$arch/harness || exit 1; done

.PHONY: bin/linux-amd64/harness bin/linux-arm64/harness
bin/linux-amd64/harness bin/linux-arm64/harness:
	CGO_ENABLED=0 GOOS=linux GOARCH=$(patsubst bin/linux-%/harness,%,$@) go build -trimpath -ldflags '-s -w' -o $@ ./cmd/harness

image: bin/linux-$(ARCH)/harness
	$(DOCKER) build --platform linux/$(ARCH) --build-arg TARGETARCH=$(ARCH) \
		--label org.opencontainers.image.revision=$$(git rev-parse HEAD) -f deploy/Dockerfile -t $(IMAGE) .

# The archives of a release, each binary built twice and compared.
release:
	sh deploy/release.sh $(PLATFORMS)

# That it compiles for other systems: one of each, since nothing in it depends on
# the processor.
cross:
	@for p in linux/arm64 darwin/arm64 windows/amd64; do \
		echo "go build ($$p)"; CGO_ENABLED=0 GOOS=$${p%/*} GOARCH=$${p#*/} go build -o /dev/null ./cmd/harness || exit 1; done

# That go install works, from the commit and an empty module cache.
installable:
	sh deploy/install-check.sh

test: peers format vet staticcheck cross installable unit nested

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

# The validator of interop/controlapi takes minutes to compile for the race
# detector, and control's own tests run under it.
nested:
	sh interop/with-docker.sh sh -c 'for m in $(MODULES); do \
		race=-race; [ $$m != interop/controlapi ] || race=; \
		echo "go test $$race ($$m)"; (cd $$m && go test $$race ./...) || exit 1; done'

bench:
	go test -run '^$$' -bench . -benchmem ./...
	cd interop/scimpeer && go test -run '^$$' -bench . -benchtime 1x
	sh interop/with-docker.sh go test -C interop/container -run '^$$' -bench . -benchtime 3x

# Rewrites golden files with what the code does now; read the diff.
update:
	go test $$(git grep -l 'flag.Bool("update"' -- '*_test.go' ':!interop' ':!examples' | xargs -n1 dirname | sort -u | sed 's|^|./|') -update

clean:
	rm -rf bin
