using BenchmarkDotNet.Running;
using McpOidc.Benchmarks;
using McpOidc.Benchmarks.Load;
using McpOidc.Benchmarks.Mutations;

return args switch
{
    ["load", .. var options] => await LoadRig.RunAsync(options),
    ["mutants", .. var options] => await MutationRig.RunAsync(options),
    [StandInProvider.Name, var port] => await StandInProvider.RunAsync(port),
    [ReverseProxy.Name, var issuer, var origin, var certificate, var key] => await ReverseProxy.RunAsync(issuer, origin, certificate, key),
    [TrivialMcpServer.Name] => await TrivialMcpServer.RunAsync(),
    _ => Run(args),
};

static int Run(string[] args)
{
    BenchmarkSwitcher.FromAssembly(typeof(TokenHashing).Assembly).Run(args);
    return 0;
}
