using System.Reflection;
using System.Runtime.ExceptionServices;
using McpOidc.Storage;
using McpOidc.Testing.Storage;

namespace McpOidc.Testing;

/// <summary>
/// What every <see cref="IMcpOidcStore"/> must do, requirement by requirement, for the tests of a store of your own. In any test framework,
/// for instance xunit:
/// <code>
/// [Theory, MemberData(nameof(StoreContract.Requirements), MemberType = typeof(StoreContract))]
/// public Task My_store_keeps_the_contract(string requirement) => new StoreContract(CreateAsync).VerifyAsync(requirement);
/// </code>
/// </summary>
/// <param name="create">
/// Makes a store that judges expiry by the given clock. Called more than once for a requirement, it makes stores that share what they hold,
/// as two processes would. What is stored for one requirement no other may see.
/// </param>
public sealed class StoreContract(Func<TimeProvider, Task<IMcpOidcStore>> create)
{
    private static readonly Dictionary<string, MethodInfo> s_requirements = typeof(StoreRequirements)
        .GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly)
        .Where(method => method.ReturnType == typeof(Task) && method.GetParameters().Length == 0)
        .ToDictionary(method => method.Name, StringComparer.Ordinal);

    /// <summary>The requirements, each a sentence with underscores, as arguments of a test.</summary>
    public static IEnumerable<object[]> Requirements => s_requirements.Keys.Select(name => new object[] { name });

    /// <summary>Verifies one requirement. It takes at most half a minute.</summary>
    /// <param name="requirement">One of <see cref="Requirements"/>.</param>
    /// <exception cref="StoreContractException">The store does not meet it.</exception>
    /// <exception cref="ArgumentException">There is no such requirement.</exception>
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
