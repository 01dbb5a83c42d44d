using BenchmarkDotNet.Running;
using McpOidc.Benchmarks;

BenchmarkSwitcher.FromAssembly(typeof(TokenHashing).Assembly).Run(args);
