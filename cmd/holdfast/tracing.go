package main

import (
	"context"
	"fmt"
	"os"

	"go.opentelemetry.io/contrib/exporters/autoexport"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/resource"
	"go.opentelemetry.io/otel/sdk/trace"
)

// startTracing sends spans where the standard OTEL_ variables say. Without
// one of them that asks for it there is no provider (nil), and tracing costs
// nothing.
func startTracing(ctx context.Context) (*trace.TracerProvider, error) {
	if !tracingWanted(os.Getenv) {
		return nil, nil
	}
	exporter, err := autoexport.NewSpanExporter(ctx)
	if err != nil {
		return nil, fmt.Errorf("export traces (OTEL_TRACES_EXPORTER=%q): %w", os.Getenv("OTEL_TRACES_EXPORTER"), err)
	}
	if autoexport.IsNoneSpanExporter(exporter) {
		return nil, nil
	}
	// What OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES say wins.
	described, err := resource.Merge(
		resource.NewSchemaless(attribute.String("service.name", "holdfast"), attribute.String("service.version", version())),
		resource.Environment())
	if err != nil {
		return nil, fmt.Errorf("describe this service for traces: %w", err)
	}
	return trace.NewTracerProvider(trace.WithBatcher(exporter), trace.WithResource(described)), nil
}

// tracingWanted reports whether the environment asks for traces.
func tracingWanted(getenv func(string) string) bool {
	if getenv("OTEL_SDK_DISABLED") == "true" {
		return false
	}
	for _, name := range []string{
		"OTEL_TRACES_EXPORTER", "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
	} {
		if getenv(name) != "" {
			return true
		}
	}
	return false
}
