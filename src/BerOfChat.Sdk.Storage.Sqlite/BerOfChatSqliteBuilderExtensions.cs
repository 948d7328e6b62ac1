using BerOfChat;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers the SQLite store of BerOfChat.</summary>
public static class BerOfChatSqliteBuilderExtensions
{
    /// <summary>Keeps history in a SQLite file. A file serves one client at a time.</summary>
    /// <typeparam name="TBuilder">What <c>services.AddBerOfChat(…)</c> returned.</typeparam>
    /// <param name="builder">The client.</param>
    /// <param name="path">The path of the file. Its directory is created when it does not exist.</param>
    public static TBuilder UseSqliteStore<TBuilder>(this TBuilder builder, string path)
        where TBuilder : IBerOfChatBuilder
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrEmpty(path);
        builder.UseStore(_ => new SqliteMessageStore(path));
        return builder;
    }
}
