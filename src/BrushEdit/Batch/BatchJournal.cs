using System.Text;

namespace BrushEdit.Batch;

/// <summary>
/// What a batch has done, in files beside its outputs: one line of JSON for each item, brought to the disk before the item counts as
/// done. A process may be killed at any moment: what the journal calls done is there, and a last line that was torn is passed over.
/// </summary>
/// <remarks>
/// Every shard writes a file of its own (<c>.brushedit/batch-2-of-8.jsonl</c>), and reads those of all others when it begins: a batch
/// may be resumed split in another way. An item is done where its input (length and time, or else content), the settings' digest and
/// the outputs' lengths are what the journal says. Safe to call from several threads.
/// </remarks>
public sealed class BatchJournal : IDisposable
{
    private const string FolderName = ".brushedit";

    private static readonly StringComparer Names = OperatingSystem.IsLinux() ? StringComparer.Ordinal : StringComparer.OrdinalIgnoreCase;

    private readonly Lock gate = new();
    private readonly FileStream? file;
    private readonly FileStream? owner;
    private readonly Dictionary<string, List<JournalEntry>> done = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> announced = new(Names);
    private bool torn;

    private BatchJournal(string folder, string path, FileStream? file, FileStream? owner)
    {
        Folder = folder;
        Path = path;
        this.file = file;
        this.owner = owner;
    }

    /// <summary>The output folder.</summary>
    public string Folder { get; }

    /// <summary>This shard's journal.</summary>
    public string Path { get; }

    /// <summary>Opens the journal of a shard; reads what all shards have done before.</summary>
    /// <param name="folder">The output folder; made where it is missing.</param>
    /// <param name="shard">Which part of the batch this process does.</param>
    /// <exception cref="EditException">The folder cannot be written, or another process does this part.</exception>
    public static BatchJournal Open(string folder, Shard shard)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        ArgumentNullException.ThrowIfNull(shard);
        folder = System.IO.Path.GetFullPath(folder);
        string own = System.IO.Path.Combine(folder, FolderName);
        string path = System.IO.Path.Combine(own, $"batch-{shard.Index}-of-{shard.Count}.jsonl");
        try
        {
            Directory.CreateDirectory(own);
            FileStream owner = Take(path + ".lock", shard, folder);
            try
            {
                BatchJournal journal = new(folder, path, Append(path), owner);
                journal.ReadAll(own);
                return journal;
            }
            catch
            {
                owner.Dispose();
                throw;
            }
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new EditException(
                EditFault.CannotWrite,
                $"The folder '{folder}' cannot be written ({fault.Message}).",
                "Give another -Directory, or check the folder's permissions and free space.",
                folder,
                fault);
        }
    }

    /// <summary>Reads what all shards have done, to tell it alone: nothing is written, and a folder that is missing stays so.</summary>
    /// <param name="folder">The output folder.</param>
    public static BatchJournal Read(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        folder = System.IO.Path.GetFullPath(folder);
        string own = System.IO.Path.Combine(folder, FolderName);
        BatchJournal journal = new(folder, own, null, null);
        if (Directory.Exists(own))
        {
            journal.ReadAll(own);
        }

        return journal;
    }

    /// <summary>Notes that a run begins.</summary>
    /// <param name="settings">The settings' digest.</param>
    public void Begin(string settings) => Write(new JournalEntry { Event = JournalEvent.Run, Settings = settings });

    /// <summary>Whether an input is done with these settings and its outputs are still there.</summary>
    /// <param name="input">The input; its content is read only where its time is another than it was.</param>
    /// <param name="settings">The settings' digest.</param>
    public bool IsDone(BatchInput input, string settings) => Outputs(input, settings) is not null;

    /// <summary>What an input was made into with these settings; null where it is not done, or not all is there any more.</summary>
    /// <param name="input">The input; its content is read only where its time is another than it was.</param>
    /// <param name="settings">The settings' digest.</param>
    /// <returns>The files' full names.</returns>
    public IReadOnlyList<string>? Outputs(BatchInput input, string settings)
    {
        ArgumentNullException.ThrowIfNull(input);
        JournalEntry[] entries;
        lock (gate)
        {
            entries = done.TryGetValue(input.Key, out List<JournalEntry>? known) ? [.. known] : [];
        }

        return entries.FirstOrDefault(entry => entry.Settings == settings && IsSame(entry, input) && entry.Outputs!.All(IsThere)) is { } found
            ? [.. found.Outputs!.Select(output => System.IO.Path.GetFullPath(System.IO.Path.Combine(Folder, output.Path)))]
            : null;
    }

    /// <summary>Whether a file in the output folder was made of this input, in this run or an earlier one, and so may be made anew.</summary>
    /// <param name="path">The file.</param>
    /// <param name="input">The input.</param>
    public bool IsOwn(string path, BatchInput input)
    {
        ArgumentNullException.ThrowIfNull(input);
        lock (gate)
        {
            return announced.TryGetValue(Relative(path), out string? from) && from == input.Key;
        }
    }

    /// <summary>Notes that outputs are about to be put in their places.</summary>
    /// <param name="input">The input.</param>
    /// <param name="outputs">The files.</param>
    /// <exception cref="EditException">The journal cannot be written.</exception>
    public void Announce(BatchInput input, IReadOnlyList<string> outputs)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(outputs);
        string[] names = [.. outputs.Select(Relative)];
        lock (gate)
        {
            // What was announced before is the batch's own already.
            if (names.Any(name => !announced.TryGetValue(name, out string? from) || from != input.Key))
            {
                JournalEntry entry = new() { Event = JournalEvent.Writing, Input = input.Key, Outputs = [.. names.Select(name => new JournalOutput(name, 0))] };
                Write(entry);
                Learn(entry);
            }
        }
    }

    /// <summary>Notes that an item is done; to be called once its outputs are in their places.</summary>
    /// <param name="input">The input.</param>
    /// <param name="settings">The settings' digest.</param>
    /// <param name="outputs">The files.</param>
    /// <param name="seed">The seed of the result; null for none.</param>
    /// <param name="time">How long the item took in the networks.</param>
    /// <exception cref="EditException">The journal cannot be written, or an output is not there.</exception>
    public void Complete(BatchInput input, string settings, IReadOnlyList<string> outputs, long? seed, TimeSpan time)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(outputs);
        JournalEntry entry = new()
        {
            Event = JournalEvent.Done,
            Input = input.Key,
            Length = input.Length,
            Modified = input.Modified,
            Hash = input.Hash,
            Settings = settings,
            Outputs = [.. outputs.Select(path => new JournalOutput(Relative(path), new FileInfo(path).Length))],
            Seed = seed,
            Seconds = Math.Round(time.TotalSeconds, 3),
        };
        Write(entry);
        lock (gate)
        {
            Learn(entry);
        }
    }

    /// <summary>Notes that an item failed: for the reader; a resumed batch tries it again.</summary>
    /// <param name="key">The input's key, or its path where there is none.</param>
    /// <param name="settings">The settings' digest.</param>
    /// <param name="error">Why.</param>
    /// <exception cref="EditException">The journal cannot be written.</exception>
    public void Fail(string key, string settings, string error) =>
        Write(new JournalEntry { Event = JournalEvent.Failed, Input = key, Settings = settings, Error = error });

    /// <summary>Closes the journal and lets another process have the shard.</summary>
    public void Dispose()
    {
        file?.Dispose();
        owner?.Dispose();
    }

    // Held as long as the process lives: the system lets go of it however the process ends.
    private static FileStream Take(string path, Shard shard, string folder)
    {
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException fault) when (fault is not (DirectoryNotFoundException or PathTooLongException) && File.Exists(path) && IsShared(fault))
        {
            throw new EditException(
                EditFault.CannotWrite,
                $"Another process works on part {shard} of the batch in '{folder}'.",
                "Wait for it, or split the batch with -Shard i/n, each process with a number of its own.",
                folder,
                fault);
        }
    }

    // Sharing violation on Windows, EWOULDBLOCK elsewhere; a full disk and the like are other numbers.
    private static bool IsShared(IOException fault) => OperatingSystem.IsWindows() ? (fault.HResult & 0xFFFF) == 32 : fault.HResult is 11 or 35;

    private static FileStream Append(string path)
    {
        FileStream file = new(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite, bufferSize: 1);
        file.Seek(0, SeekOrigin.End);
        if (file.Length > 0)
        {
            // A line that was torn gets its end, so that the next one stands alone.
            file.Seek(-1, SeekOrigin.End);
            if (file.ReadByte() != '\n')
            {
                file.WriteByte((byte)'\n');
            }
        }

        return file;
    }

    private static bool IsSame(JournalEntry entry, BatchInput input) =>
        entry.Length == input.Length && (entry.Modified == input.Modified || entry.Hash == input.Hash);

    private void ReadAll(string folder)
    {
        List<JournalEntry> entries = [];
        foreach (string journal in Directory.EnumerateFiles(folder, "batch-*.jsonl").Order(StringComparer.Ordinal))
        {
            using FileStream stream = new(journal, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            using StreamReader reader = new(stream);
            while (reader.ReadLine() is { } line)
            {
                if (JournalEntry.Read(line) is { } entry)
                {
                    entries.Add(entry);
                }
            }
        }

        foreach (JournalEntry entry in entries.OrderBy(entry => entry.Time))
        {
            Learn(entry);
        }
    }

    private void Learn(JournalEntry entry)
    {
        if (entry.Input is null || entry.Outputs is null || entry.Event is not (JournalEvent.Writing or JournalEvent.Done))
        {
            return;
        }

        foreach (JournalOutput output in entry.Outputs)
        {
            announced[output.Path] = entry.Input;
        }

        if (entry.Event == JournalEvent.Done)
        {
            if (!done.TryGetValue(entry.Input, out List<JournalEntry>? known))
            {
                done[entry.Input] = known = [];
            }

            // The newest is the likeliest; an older one with other settings was overwritten by it.
            known.RemoveAll(older => older.Outputs!.Any(output => entry.Outputs.Any(newer => Names.Equals(newer.Path, output.Path))));
            known.Insert(0, entry);
        }
    }

    private bool IsThere(JournalOutput output)
    {
        FileInfo info = new(System.IO.Path.Combine(Folder, output.Path));
        return info.Exists && info.Length == output.Length;
    }

    private string Relative(string path) => System.IO.Path.GetRelativePath(Folder, path).Replace('\\', '/');

    private void Write(JournalEntry entry)
    {
        string json = (entry with { Time = DateTime.UtcNow }).ToJson() + "\n";
        lock (gate)
        {
            try
            {
                byte[] line = Encoding.UTF8.GetBytes(torn ? "\n" + json : json);
                torn = true;
                FileStream target = file ?? throw new InvalidOperationException("The journal was opened to be read.");
                target.Write(line);
                target.Flush(flushToDisk: true);
                torn = false;
            }
            catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
            {
                throw new EditException(
                    EditFault.CannotWrite, $"The batch's journal '{Path}' cannot be written ({fault.Message}).", "Check the folder's permissions and free space.", Path, fault);
            }
        }
    }
}
