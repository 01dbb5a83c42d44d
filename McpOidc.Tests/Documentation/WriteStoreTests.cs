using McpOidc.Storage;
using McpOidc.Testing;

namespace McpOidc.Tests.Documentation;

/// <summary>The store that docs/write-a-store.md shows is compiled as it stands, and keeps the contract.</summary>
public sealed class WriteStoreTests
{
    private static readonly Type s_store = CompileBlock.Load(
        Assert
            .Single(
                CodeBlock.Of("csharp"),
                block => block.File == "docs/write-a-store.md" && block.Text.Contains("class DictionaryStore", StringComparison.Ordinal)
            )
            .Text,
        "DictionaryStore"
    );

    [Theory]
    [MemberData(nameof(StoreContract.Requirements), MemberType = typeof(StoreContract))]
    public async Task The_store_in_the_documentation_fulfills_the_contract(string requirement)
    {
        // In memory, what two processes share is one store.
        IMcpOidcStore? store = null;
        await new StoreContract(clock => Task.FromResult(store ??= (IMcpOidcStore)Activator.CreateInstance(s_store, clock)!)).VerifyAsync(
            requirement
        );
    }
}
