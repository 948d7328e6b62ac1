using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Microsoft.Data.Sqlite;

namespace BerOfChat;

/// <summary>The open file: one connection with prepared statements, used by one thread.</summary>
internal sealed class SqliteFile : IDisposable
{
    private readonly StoreFileLock _lock;
    private readonly SqliteConnection _connection;
    private readonly SqliteCommand _insert;
    private readonly SqliteCommand _put;
    private readonly SqliteCommand _delete;

    private SqliteFile(StoreFileLock fileLock, SqliteConnection connection)
    {
        _lock = fileLock;
        _connection = connection;
        _insert = Prepare("INSERT INTO records (tbl, part, row, value) VALUES ($t, $p, $r, $v)", withValue: true);
        _put = Prepare("INSERT OR REPLACE INTO records (tbl, part, row, value) VALUES ($t, $p, $r, $v)", withValue: true);
        _delete = Prepare("DELETE FROM records WHERE tbl = $t AND part = $p AND row = $r", withValue: false);
    }

    /// <exception cref="BerOfChatException">Locked, foreign, or of a newer version.</exception>
    public static SqliteFile Open(string path)
    {
        CreateForOwnerOnly(path);
        StoreFileLock fileLock = StoreFileLock.Take(path);
        SqliteConnection? connection = null;
        try
        {
            connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false, DefaultTimeout = 5 }.ToString());
            connection.Open();
            Initialize(connection);
            return new SqliteFile(fileLock, connection);
        }
        catch
        {
            connection?.Dispose();
            fileLock.Dispose();
            throw;
        }
    }

    public void Begin() => Execute(_connection, "BEGIN IMMEDIATE");

    public void Commit() => Execute(_connection, "COMMIT");

    public void Rollback()
    {
        try
        {
            Execute(_connection, "ROLLBACK");
        }
        catch (SqliteException)
        {
            // The transaction had ended by itself, as it does when the disk is full.
        }
    }

    /// <summary>Applies a batch inside the open transaction. Returns why it was left out, or null.</summary>
    public BerOfChatException? TryApply(StoreBatch batch)
    {
        Execute(_connection, "SAVEPOINT batch");
        try
        {
            foreach (StoreOperation operation in batch.Operations) Apply(operation);
        }
        catch (SqliteException e) when (e.SqliteErrorCode == ConstraintViolated)
        {
            Execute(_connection, "ROLLBACK TO batch");
            Execute(_connection, "RELEASE batch");
            return new BerOfChatException(BerOfChatErrorCode.StoreConflict, "A record that may be written once only exists already. Nothing of the batch was written.", innerException: e);
        }

        Execute(_connection, "RELEASE batch");
        return null;
    }

    [SuppressMessage("Security", "CA2100", Justification = "The text is put together from constants only.")]
    public StorePage Read(StoreRange range, int limit)
    {
        using SqliteCommand select = _connection.CreateCommand();
        select.CommandText = "SELECT row, value FROM records WHERE tbl = $t AND part = $p"
            + (range.From is null ? "" : " AND row >= $from") + (range.To is null ? "" : " AND row < $to")
            + " ORDER BY row" + (range.Descending ? " DESC" : "") + " LIMIT $limit";
        select.Parameters.AddWithValue("$t", range.Table);
        select.Parameters.AddWithValue("$p", range.Partition.ToArray());
        if (range.From is { } from) select.Parameters.AddWithValue("$from", from.ToArray());
        if (range.To is { } to) select.Parameters.AddWithValue("$to", to.ToArray());
        select.Parameters.AddWithValue("$limit", (long)limit + 1);

        List<StoreRecord> records = [];
        using SqliteDataReader reader = select.ExecuteReader();
        while (reader.Read())
        {
            if (records.Count == limit) return new StorePage(records, HasMore: true);
            records.Add(new StoreRecord(reader.GetFieldValue<byte[]>(0), reader.GetFieldValue<byte[]>(1)));
        }

        return new StorePage(records, HasMore: false);
    }

    public void Dispose()
    {
        _insert.Dispose();
        _put.Dispose();
        _delete.Dispose();
        _connection.Dispose();
        _lock.Dispose();
    }

    private void Apply(StoreOperation operation)
    {
        SqliteCommand command = operation.Kind switch
        {
            StoreOperationKind.Insert => _insert,
            StoreOperationKind.Put => _put,
            _ => _delete,
        };
        command.Parameters[0].Value = operation.Key.Table;
        command.Parameters[1].Value = operation.Key.Partition.ToArray();
        command.Parameters[2].Value = operation.Key.RowId.ToArray();
        if (operation.Kind != StoreOperationKind.Delete) command.Parameters[3].Value = operation.Value.ToArray();
        command.ExecuteNonQuery();
    }

    [SuppressMessage("Security", "CA2100", Justification = "The texts are constants.")]
    private SqliteCommand Prepare(string text, bool withValue)
    {
        SqliteCommand command = _connection.CreateCommand();
        command.CommandText = text;
        command.Parameters.Add("$t", SqliteType.Integer);
        command.Parameters.Add("$p", SqliteType.Blob);
        command.Parameters.Add("$r", SqliteType.Blob);
        if (withValue) command.Parameters.Add("$v", SqliteType.Blob);
        command.Prepare();
        return command;
    }

    private static void Initialize(SqliteConnection connection)
    {
        long applicationId = Query(connection, "PRAGMA application_id");
        long version = Query(connection, "PRAGMA user_version");
        bool isEmpty = Query(connection, "SELECT count(*) FROM sqlite_schema") == 0;
        if (!isEmpty && applicationId != ApplicationId)
            throw new BerOfChatException(BerOfChatErrorCode.StoreCorrupt, "The file is a database of another program. Choose another file for the profile.");
        if (version > SchemaVersion)
            throw new BerOfChatException(BerOfChatErrorCode.StoreVersion, "This profile was written by a newer version. Update the application to open it.");

        Execute(connection, "PRAGMA secure_delete = ON; PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON");
        if (isEmpty) Execute(connection, "PRAGMA journal_mode = WAL");
        Execute(connection, "PRAGMA synchronous = FULL; PRAGMA fullfsync = ON; PRAGMA checkpoint_fullfsync = ON");
        if (!isEmpty) return;
        Execute(connection, string.Create(CultureInfo.InvariantCulture, $"""
            BEGIN IMMEDIATE;
            PRAGMA application_id = {ApplicationId};
            PRAGMA user_version = {SchemaVersion};
            CREATE TABLE records (tbl INTEGER NOT NULL, part BLOB NOT NULL, row BLOB NOT NULL, value BLOB NOT NULL, PRIMARY KEY (tbl, part, row)) WITHOUT ROWID;
            COMMIT;
            """));
    }

    /// <summary>Makes the directory and the file before anything else may make them readable for others.</summary>
    private static void CreateForOwnerOnly(string path)
    {
        string directory = Path.GetDirectoryName(path)!;
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(directory);
            return;
        }

        if (!Directory.Exists(directory)) Directory.CreateDirectory(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        if (File.Exists(path)) return;
        var options = new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite };
        using var created = new FileStream(path, options);
    }

    private static long Query(SqliteConnection connection, string text)
    {
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = text;
        return Convert.ToInt64(command.ExecuteScalar(), CultureInfo.InvariantCulture);
    }

    private static void Execute(SqliteConnection connection, string text)
    {
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = text;
        command.ExecuteNonQuery();
    }

    private const int ApplicationId = 0x426F4331;   // "BoC1"
    private const int SchemaVersion = 1;
    private const int ConstraintViolated = 19;
}
