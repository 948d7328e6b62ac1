using System.Reflection;

namespace BerOfChat.Sdk.Tests.Contracts;

/// <summary>Runs single tests of a contract by name, to see that they can fail.</summary>
internal static class ContractRun
{
    /// <summary>The tests of a contract.</summary>
    public static IEnumerable<string> TestsOf(Type contract) =>
        contract.GetMethods().Where(method => method.GetCustomAttributes<FactAttribute>(inherit: true).Any()).Select(method => method.Name);

    /// <summary>Why the test fails, or null. A theory is run with all of its data until it fails.</summary>
    public static async Task<Exception?> RunAsync(object contract, string test)
    {
        MethodInfo method = contract.GetType().GetMethod(test) ?? throw new ArgumentException($"There is no test {test}.", nameof(test));
        object?[]?[] rows = [.. method.GetCustomAttributes<InlineDataAttribute>(inherit: true).Select(row => row.Data)];
        foreach (object?[]? row in rows is [] ? [[]] : rows)
        {
            try
            {
                await ((Task)method.Invoke(contract, row)!).WaitAsync(TimeSpan.FromSeconds(60));
            }
            catch (Exception e) when (!TestContext.Current.CancellationToken.IsCancellationRequested)
            {
                return e;
            }
        }

        return null;
    }
}
