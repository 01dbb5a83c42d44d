using System.Net.Sockets;
using McpOidc.Storage;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace McpOidc.Hosting;

/// <summary>
/// Prints why a process cannot start: each sentence once, without a stack trace, with exit code 1. The exceptions are still thrown, so
/// that tests and hosts can catch them; only those that would end the process unhandled are printed here.
/// </summary>
internal static class StartFault
{
    // It also logs the exception that is thrown to the caller, with its stack trace.
    private const string Host = "Microsoft.Extensions.Hosting.Internal.Host";
    private static int s_isInstalled;

    /// <summary>Whether a host of this process has started.</summary>
    public static bool HasStarted { get; set; }

    /// <summary>Whether a host was told to stop before it had started.</summary>
    public static bool WasAbandoned { get; set; }

    /// <summary>Prints the sentences of this process, and keeps the host from logging their exception first.</summary>
    public static void Explain(IServiceCollection services)
    {
        Explain();
        var start = new HostStart();
        services.AddSingleton(start);
        services.Configure<LoggerFilterOptions>(options =>
            options.Rules.Add(
                new LoggerFilterRule(
                    null,
                    Host,
                    null,
                    (_, _, level) => level >= LogLevel.Warning && (start.IsDone || level < LogLevel.Error)
                )
            )
        );
    }

    /// <summary>Prints the sentences of this process.</summary>
    public static void Explain()
    {
        if (Interlocked.Exchange(ref s_isInstalled, 1) == 0)
        {
            AppDomain.CurrentDomain.UnhandledException += OnUnhandled;
        }
    }

    /// <returns><see langword="null"/> for a failure unrelated to settings, whose stack trace is useful.</returns>
    public static IReadOnlyList<string>? Describe(Exception exception) =>
        Sentences(exception)?.Select(text => text.ReplaceLineEndings(" ")).Distinct(StringComparer.Ordinal).ToList();

    private static IEnumerable<string>? Sentences(Exception exception) =>
        exception switch
        {
            OptionsValidationException validation => validation.Failures,
            AggregateException { InnerExceptions: var all } when all.Select(Sentences).ToList() is var each && !each.Contains(null) =>
                each.SelectMany(some => some!),
            StartException or StoreUnavailableException => [exception.Message],
            // Kestrel's message names the address.
            IOException { InnerException: AddressInUseException } =>
            [
                $"{exception.Message.TrimEnd('.')}. Stop the process that uses it, or set ASPNETCORE_URLS (command line: --urls) to "
                    + "another address.",
            ],
            // Of a server that runs along, which names its own setting.
            InvalidOperationException { InnerException: IOException { InnerException: AddressInUseException } } => [exception.Message],
            SocketException { SocketErrorCode: SocketError.AccessDenied or SocketError.AddressNotAvailable } =>
            [
                $"This process cannot listen on an address in ASPNETCORE_URLS: {exception.Message}. Set it (command line: --urls) to an "
                    + "address of this machine and a port of 1024 or higher.",
            ],
            // An address without scheme or with a wrong port, or https without a certificate.
            FormatException
            or InvalidOperationException
            or ArgumentException when IsFrom(exception, "Microsoft.AspNetCore.Server.Kestrel") =>
            [
                $"This process cannot listen on an address in ASPNETCORE_URLS: {exception.Message.TrimEnd('.')}. Set it (command line: "
                    + "--urls) to addresses such as http://localhost:5000.",
            ],
            InvalidOperationException when IsFrom(exception, "LoggerFilterConfigureOptions") =>
            [
                $"Logging:LogLevel (environment: Logging__LogLevel): {exception.Message.TrimEnd('.')}. Use "
                    + $"{string.Join(", ", Enum.GetNames<LogLevel>())}.",
            ],
            // A settings file; the inner message names the line.
            InvalidDataException { InnerException: { } cause } when IsFrom(exception, "Configuration") =>
            [
                $"{exception.Message.TrimEnd('.')}: {Innermost(cause).Message.TrimEnd('.')}. Correct the JSON at that line.",
            ],
            _ => null,
        };

    private static bool IsFrom(Exception exception, string code) => exception.StackTrace?.Contains(code, StringComparison.Ordinal) is true;

    private static Exception Innermost(Exception exception) => exception.InnerException is { } inner ? Innermost(inner) : exception;

    private static void OnUnhandled(object sender, UnhandledExceptionEventArgs fault)
    {
        // SIGTERM during the start, for instance of a replaced container, is no fault.
        if (!HasStarted && WasAbandoned && fault.ExceptionObject is OperationCanceledException)
        {
            Environment.Exit(0);
        }

        if (!HasStarted && fault.ExceptionObject is Exception exception && Describe(exception) is { } sentences)
        {
            foreach (var sentence in sentences)
            {
                Console.Error.WriteLine(sentence);
            }

            Environment.Exit(1);
        }
    }
}

/// <summary>Whether a host has started. From then on the host logs its faults, and the runtime prints them.</summary>
internal sealed class HostStart
{
    private volatile bool _isDone;

    public bool IsDone
    {
        get => _isDone;
        set
        {
            _isDone = value;
            StartFault.HasStarted |= value;
        }
    }

    public void Abandon() => StartFault.WasAbandoned |= !_isDone;
}
