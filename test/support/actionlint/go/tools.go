//go:build tools

// Package tools names what this module exists for, so that `go mod tidy` keeps it: the linter of GitHub workflows.
package tools

import _ "github.com/rhysd/actionlint/cmd/actionlint"
