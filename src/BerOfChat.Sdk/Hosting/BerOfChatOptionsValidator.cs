using Microsoft.Extensions.Options;

namespace BerOfChat.Hosting;

/// <summary>Judges the options of one registered client.</summary>
internal sealed class BerOfChatOptionsValidator(string name, ClientParts parts) : IValidateOptions<BerOfChatOptions>
{
    public ValidateOptionsResult Validate(string? optionsName, BerOfChatOptions options)
    {
        if (optionsName != name) return ValidateOptionsResult.Skip;
        List<string> mistakes = [.. options.FindMistakes()];
        if (options.Signaling is not null && parts.Signaling is not null) mistakes.Add(Twice(nameof(options.Signaling), "UseSignaling"));
        if (options.Store is not null && parts.Store is not null) mistakes.Add(Twice(nameof(options.Store), "UseStore"));
        if (options.Transport is not null && parts.Transport is not null) mistakes.Add(Twice(nameof(options.Transport), "UsePeerTransport"));
        if (!options.Unlock.IsFilePermissionsOnly && parts.Unlock is not null) mistakes.Add(Twice(nameof(options.Unlock), "UnlockWith"));
        return mistakes.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(mistakes);
    }

    private static string Twice(string property, string method) => $"{nameof(BerOfChatOptions)}.{property} is set, and the builder says {method} too. Keep one of them.";
}
