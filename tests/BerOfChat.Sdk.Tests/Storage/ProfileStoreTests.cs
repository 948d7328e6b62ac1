using System.Security.Cryptography;
using System.Text;
using BerOfChat.Primitives;
using BerOfChat.Simulation;

namespace BerOfChat.Storage;

public sealed class ProfileStoreTests : IDisposable
{
    private const string Password = "correct horse";
    private const string Text = "nobody else may read this text";

    private static readonly RoomId s_room = new(SHA256.HashData("room"u8));

    private readonly TemporaryDirectory _directory = new();

    private string File => _directory.File("alice.db");

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task A_profile_gives_back_what_was_written()
    {
        await WriteProfileAsync();
        await using ProfileStore profile = await OpenAsync(Password);
        Assert.Equal("keys"u8.ToArray(), await profile.ReadProfileAsync(default));
        Assert.Equal("join"u8.ToArray(), Assert.Single(await profile.ReadPendingJoinsAsync(default)));
        RoomStore room = Assert.Single(await profile.OpenRoomsAsync(default));
        Assert.Equal(s_room, room.Id);
        Assert.Equal("state"u8.ToArray(), room.State.ToArray());
        string[] entries = await ReadAsync(room, StoreTable.Entries);
        Assert.Equal([.. Enumerable.Range(1, 600).Select(i => $"{Text} {i}")], entries);
        Assert.Equal(["10", "11"], await ReadAsync(room, StoreTable.Positions));

        await profile.DeletePendingJoinAsync(5, default);
        Assert.Empty(await profile.ReadPendingJoinsAsync(default));
    }

    [Fact]
    public async Task A_wrong_password_is_one_clear_error_and_changes_no_byte()
    {
        await WriteProfileAsync();
        byte[] before = await System.IO.File.ReadAllBytesAsync(File);
        BerOfChatException error = await Assert.ThrowsAsync<BerOfChatException>(async () => await OpenAsync("wrong"));
        Assert.Equal(BerOfChatErrorCode.WrongPassword, error.ErrorCode);
        Assert.Equal(before, await System.IO.File.ReadAllBytesAsync(File));
        await (await OpenAsync(Password)).DisposeAsync();
    }

    [Fact]
    public async Task The_file_shows_no_text_no_key_no_room_and_no_password()
    {
        await using (ProfileStore profile = await WriteProfileAsync(close: false))
        {
            AssertHides(await ReadSharedAsync(File));
            AssertHides(await ReadSharedAsync(File + "-wal"));
        }

        AssertHides(await System.IO.File.ReadAllBytesAsync(File));
    }

    [Fact]
    public async Task A_copy_taken_while_the_store_is_open_has_everything_that_was_committed()
    {
        await using ProfileStore profile = await WriteProfileAsync(close: false);
        string copy = _directory.File("copy.db");
        await System.IO.File.WriteAllBytesAsync(copy, await ReadSharedAsync(File));
        await System.IO.File.WriteAllBytesAsync(copy + "-wal", await ReadSharedAsync(File + "-wal"));
        await using ProfileStore opened = await ProfileStore.OpenAsync(new SqliteMessageStore(copy), Unlock.WithPassword(Password), new SeededRandomSource(2), KeySlotCost.Least, default);
        Assert.Equal(600, (await ReadAsync(Assert.Single(await opened.OpenRoomsAsync(default)), StoreTable.Entries)).Length);
    }

    [Fact]
    public async Task Only_the_owner_may_read_the_file()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("Windows has no such modes.");
            return;
        }

        string nested = Path.Combine(_directory.Path, "nested", "store.db");
        await using var store = new SqliteMessageStore(nested);
        await store.OpenAsync();
        await store.CommitAsync(new StoreBatch(), StoreDurability.Power);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, System.IO.File.GetUnixFileMode(Path.GetDirectoryName(nested)!));
        foreach (string file in Directory.GetFiles(Path.GetDirectoryName(nested)!))
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, System.IO.File.GetUnixFileMode(file));
    }

    [Fact]
    public void An_altered_or_moved_row_is_found_out()
    {
        var place = new StoreKey(4, new byte[16], new byte[] { 1 });
        using var cipher = new RowCipher(new byte[32], new SeededRandomSource(1));
        byte[] row = cipher.Seal(place, "text"u8);
        Assert.Equal("text"u8.ToArray(), cipher.Open(place, row));
        for (int i = 0; i < row.Length; i++)
        {
            byte[] altered = [.. row];
            altered[i] ^= 1;
            BerOfChatException error = Assert.Throws<BerOfChatException>(() => cipher.Open(place, altered));
            Assert.Contains(error.ErrorCode, new[] { BerOfChatErrorCode.StoreCorrupt, BerOfChatErrorCode.StoreVersion });
        }

        StoreKey[] elsewhere = [new(5, new byte[16], new byte[] { 1 }), new(4, Enumerable.Repeat((byte)1, 16).ToArray(), new byte[] { 1 }), new(4, new byte[16], new byte[] { 2 })];
        foreach (StoreKey other in elsewhere)
            Assert.Equal(BerOfChatErrorCode.StoreCorrupt, Assert.Throws<BerOfChatException>(() => cipher.Open(other, row)).ErrorCode);
        for (int length = 0; length < row.Length; length++) Assert.Throws<BerOfChatException>(() => cipher.Open(place, row.AsSpan(0, length)));
    }

    [Fact]
    public void A_row_is_sealed_as_the_format_says()
    {
        var place = new StoreKey(4, Enumerable.Range(0, 16).Select(i => (byte)i).ToArray(), new byte[] { 7, 8 });
        using var cipher = new RowCipher(Enumerable.Repeat((byte)3, 32).ToArray(), new SeededRandomSource(1));
        byte[] row = cipher.Seal(place, "text"u8);
        Assert.Equal([1, 0, 1, 0, 0], row[..5]);

        using var slow = new AesGcm(Enumerable.Repeat((byte)3, 32).ToArray(), 16);
        byte[] plaintext = new byte[4];
        byte[] associatedData = [4, .. Enumerable.Range(0, 16).Select(i => (byte)i), 1, 0, 1, 0, 0, 7, 8];
        slow.Decrypt(row[5..17], row[17..21], row[21..], plaintext, associatedData);
        Assert.Equal("text"u8.ToArray(), plaintext);
    }

    [Fact]
    public void A_key_slot_opens_with_its_password_only_and_keeps_its_costs_within_bounds()
    {
        byte[] storeId = new byte[16];
        byte[] master = RandomNumberGenerator.GetBytes(32);
        KeySlot slot = KeySlot.Create(storeId, "pw"u8, master, KeySlotCost.Least, new SeededRandomSource(1));
        Assert.True(KeySlot.TryParse(slot.Bytes.Span, out KeySlot? parsed));
        byte[] opened = new byte[32];
        Assert.True(parsed.TryOpen(storeId, "pw"u8, opened));
        Assert.Equal(master, opened);
        Assert.False(parsed.TryOpen(storeId, "pW"u8, opened));
        Assert.False(parsed.TryOpen(Enumerable.Repeat((byte)1, 16).ToArray(), "pw"u8, opened));

        foreach ((int at, byte value) in new[] { (0, (byte)2), (1, (byte)2), (2, (byte)2), (3, (byte)0xFF), (5, (byte)0), (10, (byte)1), (10, (byte)17) })
        {
            byte[] altered = slot.Bytes.ToArray();
            altered[at] = value;
            Assert.False(KeySlot.TryParse(altered, out _));
        }

        for (int length = 0; length < slot.Bytes.Length; length++) Assert.False(KeySlot.TryParse(slot.Bytes.Span[..length], out _));
    }

    [Fact]
    public async Task A_database_of_another_program_is_left_alone()
    {
        using (var connection = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={File};Pooling=False"))
        {
            connection.Open();
            using Microsoft.Data.Sqlite.SqliteCommand command = connection.CreateCommand();
            command.CommandText = "CREATE TABLE theirs (x)";
            command.ExecuteNonQuery();
        }

        byte[] before = await System.IO.File.ReadAllBytesAsync(File);
        BerOfChatException error = await Assert.ThrowsAsync<BerOfChatException>(async () => await OpenAsync(Password));
        Assert.Equal(BerOfChatErrorCode.StoreCorrupt, error.ErrorCode);
        Assert.Equal(before, await System.IO.File.ReadAllBytesAsync(File));
    }

    [Fact]
    public async Task A_file_that_is_no_database_is_reported_as_damaged()
    {
        await System.IO.File.WriteAllBytesAsync(File, RandomNumberGenerator.GetBytes(8192));
        BerOfChatException error = await Assert.ThrowsAsync<BerOfChatException>(async () => await OpenAsync(Password));
        Assert.Equal(BerOfChatErrorCode.StoreCorrupt, error.ErrorCode);
    }

    private static void AssertHides(byte[] content)
    {
        byte[] room = new byte[32];
        s_room.CopyTo(room);
        foreach (byte[] secret in new[] { Encoding.UTF8.GetBytes(Text), Encoding.UTF8.GetBytes(Password), room, "keys"u8.ToArray(), Encoding.Unicode.GetBytes(Text) })
            Assert.True(content.AsSpan().IndexOf(secret) < 0, "The file shows what it must hide.");
    }

    private static async Task<byte[]> ReadSharedAsync(string path)
    {
        await using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        byte[] bytes = new byte[stream.Length];
        await stream.ReadExactlyAsync(bytes);
        return bytes;
    }

    private static async Task<string[]> ReadAsync(RoomStore room, StoreTable table)
    {
        List<string> rows = [];
        await foreach (ReadOnlyMemory<byte> row in room.ReadAsync(table, default)) rows.Add(Encoding.UTF8.GetString(row.Span));
        return [.. rows];
    }

    private async Task<ProfileStore> OpenAsync(string password) =>
        await ProfileStore.OpenAsync(new SqliteMessageStore(File), Unlock.WithPassword(password), new SeededRandomSource(1), KeySlotCost.Least, default);

    private async Task<ProfileStore> WriteProfileAsync(bool close = true)
    {
        ProfileStore profile = await OpenAsync(Password);
        await profile.WriteProfileAsync("keys"u8.ToArray(), default);
        await profile.WritePendingJoinAsync(5, "join"u8.ToArray(), default);
        RoomStore room = profile.CreateRoom(s_room);
        Bytes32 log = Bytes32.Read(SHA256.HashData("log"u8));
        List<RoomRecordWrite> writes = [.. Enumerable.Range(1, 600).Select(i => new RoomRecordWrite(RoomRecordKey.Entry(log, (ulong)i), Encoding.UTF8.GetBytes($"{Text} {i}"), MustBeNew: true))];
        writes.Add(new RoomRecordWrite(RoomRecordKey.Position(11), "11"u8.ToArray()));
        writes.Add(new RoomRecordWrite(RoomRecordKey.Position(10), "10"u8.ToArray()));
        await room.CommitAsync(writes, "state"u8.ToArray(), StoreDurability.Power, default);
        if (close) await profile.DisposeAsync();
        return profile;
    }
}
