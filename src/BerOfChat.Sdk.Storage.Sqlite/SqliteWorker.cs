using System.Threading.Channels;
using Microsoft.Data.Sqlite;

namespace BerOfChat;

/// <summary>The thread of a store: takes what waits, in order, and pays for durability once for all commits that wait together.</summary>
internal sealed class SqliteWorker(string path, Channel<StoreWork> work)
{
    /// <summary>Opens the file, works until the channel is completed and empty, and closes the file. Never throws.</summary>
    public void Run(TaskCompletionSource opened)
    {
        SqliteFile? file = null;
        try
        {
            file = SqliteFile.Open(path);
            opened.SetResult();
            // This thread is the worker's own: SQLite blocks it anyway.
            while (work.Reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult()) Turn(file);
        }
        catch (Exception e)
        {
            // Whatever it is: an exception that left the thread would end the process, and whoever waits must be told.
            BerOfChatException error = SqliteErrors.Translate(e);
            work.Writer.TryComplete();
            opened.TrySetException(error);
            while (work.Reader.TryRead(out StoreWork? left)) left.Completion.TrySetException(error);
        }
        finally
        {
            file?.Dispose();
        }
    }

    private void Turn(SqliteFile file)
    {
        List<CommitWork> group = [];
        int rows = 0;
        while (rows < MaxRowsPerCommit && work.Reader.TryPeek(out StoreWork? next))
        {
            if (next is ReadWork && group.Count > 0) break;
            _ = work.Reader.TryRead(out next);
            if (next is ReadWork read)
            {
                Read(file, read);
                return;
            }

            var commit = (CommitWork)next!;
            group.Add(commit);
            rows += commit.Batch.Operations.Count;
        }

        Commit(file, group);
    }

    private static void Read(SqliteFile file, ReadWork read)
    {
        try
        {
            read.Page = file.Read(read.Range, read.Limit);
            read.Completion.SetResult();
        }
        catch (SqliteException e)
        {
            read.Completion.SetException(SqliteErrors.Translate(e));
        }
    }

    private static void Commit(SqliteFile file, List<CommitWork> group)
    {
        List<(CommitWork Work, BerOfChatException? Error)> results = new(group.Count);
        try
        {
            file.Begin();
            foreach (CommitWork commit in group) results.Add((commit, file.TryApply(commit.Batch)));
            file.Commit();
        }
        catch (SqliteException e)
        {
            file.Rollback();
            BerOfChatException error = SqliteErrors.Translate(e);
            foreach (CommitWork commit in group) commit.Completion.TrySetException(error);
            return;
        }

        foreach ((CommitWork commit, BerOfChatException? error) in results)
        {
            if (error is null) commit.Completion.SetResult();
            else commit.Completion.SetException(error);
        }
    }

    private const int MaxRowsPerCommit = 1_000;
}
