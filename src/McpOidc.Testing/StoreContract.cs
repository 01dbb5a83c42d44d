using System.Reflection;
using System.Runtime.ExceptionServices;
using McpOidc.Storage;
using McpOidc.Testing.Storage;

namespace McpOidc.Testing;

/// <summary>
/// The requirements on every <see cref="IMcpOidcStore"/>, for the tests of a store of your own. Works with any test framework, for
/// instance xunit:
/// <code>
/// [Theory, MemberData(nameof(StoreContract.Requirements), MemberType = typeof(StoreContract))]
/// public Task My_store_keeps_the_contract(string requirement) => new StoreContract(CreateAsync).VerifyAsync(requirement);
/// </code>
/// </summary>
/// <param name="create">
/// Creates a store that measures expiry with the given clock. If it is called more than once for a requirement, the stores must share
/// their content, like two processes. The content must not be visible to other requirements.
/// </param>
public sealed class StoreContract(Func<TimeProvider, Task<IMcpOidcStore>> create)
{
    private static readonly Dictionary<string, MethodInfo> s_requirements = typeof(StoreRequirements)
        .GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly)
        .Where(method => method.ReturnType == typeof(Task) && method.GetParameters().Length == 0)
        .ToDictionary(method => method.Name, StringComparer.Ordinal);

    /// <summary>The requirements, each a sentence with underscores, as test arguments.</summary>
    public static IEnumerable<object[]> Requirements => s_requirements.Keys.Select(name => new object[] { name });

    /// <summary>Verifies one requirement. Takes at most 30 seconds.</summary>
    /// <param name="requirement">One of <see cref="Requirements"/>.</param>
    /// <exception cref="StoreContractException">The store does not meet it.</exception>
    /// <exception cref="ArgumentException">The requirement does not exist.</exception>
    public async Task VerifyAsync(string requirement)
    {
        if (!s_requirements.TryGetValue(requirement, out var method))
        {
            throw new ArgumentException($"There is no requirement '{requirement}'.", nameof(requirement));
        }

        try
        {
            await (Task)method.Invoke(new StoreRequirements(create), [])!;
        }
        catch (TargetInvocationException exception) when (exception.InnerException is { } inner)
        {
            ExceptionDispatchInfo.Throw(inner);
        }
    }
}
