# Every target is a few plain commands that work without make, too.
.DEFAULT_GOAL := help

GO ?= go

.PHONY: run test lint generate analytics bench build clean help

run: ## Start everything with demo concerts on http://127.0.0.1:8080
	@scripts/provision postgres redis kafka
	$(GO) build -o bin/holdfast ./cmd/holdfast
	bin/holdfast dev

# A program with the race detector sleeps for a second when it ends, and the tests
# run the program hundreds of times.
test: ## Run all tests with the race detector
	@scripts/provision postgres redis jq kafka-real haproxy analytics
	$(GO) vet ./...
	cd deployments/check && $(GO) test -count=1 ./...
	GORACE="$${GORACE:-atexit_sleep_ms=10}" $(GO) test -race -timeout 9m ./...

lint: ## Run all linters, and see that generated files are current
	scripts/golangci-lint run ./...
	cd deployments/check && ../../scripts/golangci-lint run ./...
	scripts/check-generated
	scripts/check-asyncapi

generate: ## Make the generated files again
	$(GO) generate ./...

analytics: ## Make the demo's dataset and check the answers in docs/analytics.md
	@scripts/provision analytics
	scripts/analytics/run

bench: ## Measure against pgbench and write docs/bench, in less than five minutes
	@scripts/provision postgres redis
	$(GO) run ./cmd/holdfast-bench

build: ## Build bin/holdfast
	CGO_ENABLED=0 $(GO) build -trimpath -o bin/holdfast ./cmd/holdfast

clean: ## Remove what was built, but no data
	rm -rf bin .tools

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
