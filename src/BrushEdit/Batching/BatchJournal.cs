using System.Text;

namespace BrushEdit.Batching;

/// <summary>
/// The record of what a batch has done, in files beside its outputs: one line of JSON for each item, flushed to disk before the item counts as done.
/// A process can be killed at any moment: every item that the journal marks as done exists, and an incomplete last line is skipped.
/// </summary>
/// <remarks>
/// Every shard writes a separate file (<c>.brushedit/batch-2-of-8.jsonl</c>), and reads those of all others when it begins, so that a batch can be
/// resumed with another split. An item is done if its input (length and time, or else content) and the settings' digest match the journal, and its
/// outputs exist. An output that somebody has changed since (determined by its hash) belongs to that person: it is kept, and reported. Safe to call
/// from several threads.
/// </remarks>
public sealed class BatchJournal : IDisposable
{
    private const string FolderName = ".brushedit";

    private static readonly StringComparer Names = OperatingSystem.IsLinux() ? StringComparer.Ordinal : StringComparer.OrdinalIgnoreCase;

    private readonly Lock gate = new();
    private readonly FileStream? file;
    private readonly FileStream? owner;
    private readonly Dictionary<string, List<JournalEntry>> done = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Ownership> announced = new(Names);
    private readonly Dictionary<string, long> read = new(StringComparer.Ordinal);
    private readonly Shard shard;
    private bool torn;

    private BatchJournal(string folder, string path, Shard shard, FileStream? file, FileStream? owner)
    {
        Folder = folder;
        this.shard = shard;
        Path = path;
        this.file = file;
        this.owner = owner;
    }

    /// <summary>The output folder.</summary>
    public string Folder { get; }

    /// <summary>This shard's journal.</summary>
    public string Path { get; }

    /// <summary>Opens the journal of a shard, and reads what all shards have done before.</summary>
    /// <param name="folder">The output folder; created if it is missing.</param>
    /// <param name="shard">Which part of the batch this process runs.</param>
    /// <exception cref="EditException">The folder cannot be written, or another process runs this part.</exception>
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
                BatchJournal journal = new(folder, path, shard, Append(path), owner);
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

    /// <summary>Reads what all shards have done, only to report it: nothing is written, and a missing folder is not created.</summary>
    /// <param name="folder">The output folder.</param>
    public static BatchJournal Read(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        folder = System.IO.Path.GetFullPath(folder);
        string own = System.IO.Path.Combine(folder, FolderName);
        BatchJournal journal = new(folder, own, Shard.Whole, null, null);
        if (Directory.Exists(own))
        {
            journal.ReadAll(own);
        }

        return journal;
    }

    /// <summary>Records that a run begins.</summary>
    /// <param name="settings">The settings' digest.</param>
    public void Begin(string settings) => Write(new JournalEntry { Event = JournalEvent.Run, Settings = settings });

    /// <summary>Whether an input is done with these settings and its outputs still exist.</summary>
    /// <param name="input">The input; its content is read only if its time has changed.</param>
    /// <param name="settings">The settings' digest.</param>
    public bool IsDone(BatchInput input, string settings) => Outputs(input, settings) is not null;

    /// <summary>The outputs of an input with these settings; null if it is not done, or some outputs no longer exist.</summary>
    /// <param name="input">The input; its content is read only if its time has changed.</param>
    /// <param name="settings">The settings' digest.</param>
    public DoneBefore? Outputs(BatchInput input, string settings)
    {
        ArgumentNullException.ThrowIfNull(input);
        JournalEntry[] entries;
        lock (gate)
        {
            entries = done.TryGetValue(input.Key, out List<JournalEntry>? known) ? [.. known] : [];
        }

        return entries.FirstOrDefault(entry => entry.Settings == settings && IsSame(entry, input) && entry.Outputs!.All(output => File.Exists(Full(output)))) is { } found
            ? new DoneBefore([.. found.Outputs!.Select(Full)], [.. found.Outputs!.Where(IsChanged).Select(Full)])
            : null;
    }

    /// <summary>
    /// Whether a file in the output folder is, byte for byte, what a run of this batch created from this input, so that it may be overwritten. A file
    /// that was changed since no longer belongs to the batch.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="input">The input.</param>
    public bool IsOwn(string path, BatchInput input)
    {
        ArgumentNullException.ThrowIfNull(input);
        string[] hashes;
        lock (gate)
        {
            if (!announced.TryGetValue(Relative(path), out Ownership? owned) || owned.Input != input.Key)
            {
                return false;
            }

            hashes = [.. owned.Hashes];
        }

        return hashes.Length > 0 && hashes.Contains(PendingFile.HashOf(path));
    }

    /// <summary>
    /// The input from which another part of this batch created a file, if it is a different input that still exists: two pictures would share one
    /// output. Null if there is none.
    /// </summary>
    /// <param name="path">The file in the output folder.</param>
    /// <param name="input">The input whose output is to be written there.</param>
    public string? OtherPartsInput(string path, BatchInput input)
    {
        ArgumentNullException.ThrowIfNull(input);
        if (shard.Count == 1)
        {
            return null;
        }

        lock (gate)
        {
            ReadAll(System.IO.Path.GetDirectoryName(Path)!);
            return announced.TryGetValue(Relative(path), out Ownership? owned) && owned.Input != input.Key && owned.Parts == shard.Count
                && System.IO.Path.GetFullPath(System.IO.Path.Combine(Folder, owned.Input)) is { } other && File.Exists(other)
                ? other
                : null;
        }
    }

    /// <summary>Records that outputs are about to be moved to their final names.</summary>
    /// <param name="input">The input.</param>
    /// <param name="outputs">The files, written under their temporary names.</param>
    /// <exception cref="EditException">The journal cannot be written.</exception>
    public void Announce(BatchInput input, IReadOnlyList<PendingFile> outputs)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(outputs);
        JournalEntry entry = new()
        {
            Event = JournalEvent.Writing,
            Input = input.Key,
            Outputs = [.. outputs.Select(output => new JournalOutput(Relative(output.Path), output.Length, output.Hash))],
        };
        lock (gate)
        {
            Write(entry);
            Learn(entry, shard.Count);
        }
    }

    /// <summary>Records that an item is done; to be called once its outputs have their final names.</summary>
    /// <param name="input">The input.</param>
    /// <param name="settings">The settings' digest.</param>
    /// <param name="outputs">The files, as they were announced.</param>
    /// <param name="seed">The seed of the result; null for none.</param>
    /// <param name="time">How long the item took in the networks.</param>
    /// <exception cref="EditException">The journal cannot be written, or an output does not exist.</exception>
    public void Complete(BatchInput input, string settings, IReadOnlyList<PendingFile> outputs, long? seed, TimeSpan time)
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
            Outputs = [.. outputs.Select(file => new JournalOutput(Relative(file.Path), file.Length, file.Hash, File.GetLastWriteTimeUtc(file.Path)))],
            Seed = seed,
            Seconds = Math.Round(time.TotalSeconds, 3),
        };
        Write(entry);
        lock (gate)
        {
            Learn(entry, shard.Count);
        }
    }

    /// <summary>Records that an item failed, for the reader; a resumed batch tries it again.</summary>
    /// <param name="key">The input's key, or its path where there is none.</param>
    /// <param name="settings">The settings' digest.</param>
    /// <param name="error">The reason.</param>
    /// <exception cref="EditException">The journal cannot be written.</exception>
    public void Fail(string key, string settings, string error) =>
        Write(new JournalEntry { Event = JournalEvent.Failed, Input = key, Settings = settings, Error = error });

    /// <summary>Records that nothing was found to edit in an item, for the reader; a resumed batch tries it again.</summary>
    /// <param name="key">The input's key, or its path where there is none.</param>
    /// <param name="settings">The settings' digest.</param>
    /// <param name="error">What was not found.</param>
    /// <exception cref="EditException">The journal cannot be written.</exception>
    public void NotFound(string key, string settings, string error) =>
        Write(new JournalEntry { Event = JournalEvent.NotFound, Input = key, Settings = settings, Error = error });

    /// <summary>Closes the journal and releases the shard for another process.</summary>
    public void Dispose()
    {
        file?.Dispose();
        owner?.Dispose();
    }

    // Locked as long as the process lives: the system releases the lock however the process ends.
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
                "Wait for it, or split the batch with -Shard i/n, with a different number for each process.",
                folder,
                fault);
        }
    }

    // Sharing violation on Windows, EWOULDBLOCK elsewhere; a full disk and similar faults have other numbers.
    private static bool IsShared(IOException fault) => OperatingSystem.IsWindows() ? (fault.HResult & 0xFFFF) == 32 : fault.HResult is 11 or 35;

    private static FileStream Append(string path)
    {
        FileStream file = new(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite, bufferSize: 1);
        file.Seek(0, SeekOrigin.End);
        if (file.Length > 0)
        {
            // A torn line is terminated, so that the next one stands alone.
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
        List<(JournalEntry Entry, int Parts)> entries = [];
        foreach (string journal in Directory.EnumerateFiles(folder, "batch-*.jsonl").Order(StringComparer.Ordinal))
        {
            int parts = PartsOf(journal);
            entries.AddRange(ReadNew(journal).Select(entry => (entry, parts)));
        }

        foreach ((JournalEntry entry, int parts) in entries.OrderBy(line => line.Entry.Time))
        {
            Learn(entry, parts);
        }
    }

    // The lines added since the last read. A last line without its end is torn, or still being written.
    private IEnumerable<JournalEntry> ReadNew(string journal)
    {
        if (!FileKind.IsRegular(journal))
        {
            yield break;
        }

        using FileStream stream = new(journal, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        stream.Seek(read.GetValueOrDefault(journal), SeekOrigin.Begin);
        foreach ((string line, long next) in JournalLines.Read(stream))
        {
            read[journal] = next;
            if (JournalEntry.Read(line) is { } entry)
            {
                yield return entry;
            }
        }
    }

    // batch-2-of-8.jsonl
    private static int PartsOf(string journal) =>
        int.TryParse(System.IO.Path.GetFileNameWithoutExtension(journal).Split('-')[^1], System.Globalization.CultureInfo.InvariantCulture, out int parts) ? parts : 1;

    private void Learn(JournalEntry entry, int parts)
    {
        if (entry.Input is null || entry.Outputs is null || entry.Event is not (JournalEvent.Writing or JournalEvent.Done))
        {
            return;
        }

        foreach (JournalOutput output in entry.Outputs)
        {
            if (!announced.TryGetValue(output.Path, out Ownership? owned) || owned.Input != entry.Input)
            {
                announced[output.Path] = owned = new Ownership(entry.Input, parts, []);
            }

            if (output.Hash is not null)
            {
                owned.Hashes.Add(output.Hash);
            }
        }

        if (entry.Event == JournalEvent.Done)
        {
            if (!done.TryGetValue(entry.Input, out List<JournalEntry>? known))
            {
                done[entry.Input] = known = [];
            }

            // The newest is the likeliest; it overwrote an older one with other settings.
            known.RemoveAll(older => older.Outputs!.Any(output => entry.Outputs.Any(newer => Names.Equals(newer.Path, output.Path))));
            known.Insert(0, entry);
        }
    }

    // The content is read only if length and time do not decide already.
    private bool IsChanged(JournalOutput output)
    {
        FileInfo info = new(Full(output));
        return info.Length != output.Length || (info.LastWriteTimeUtc != output.Modified && output.Hash is not null && PendingFile.HashOf(info.FullName) != output.Hash);
    }

    private string Full(JournalOutput output) => System.IO.Path.GetFullPath(System.IO.Path.Combine(Folder, output.Path));

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

    /// <summary>The origin of an output.</summary>
    /// <param name="Input">The key of the input it was created from.</param>
    /// <param name="Parts">The number of parts of the batch that created it.</param>
    /// <param name="Hashes">The hashes of every content it has had.</param>
    private sealed record Ownership(string Input, int Parts, HashSet<string> Hashes);
}
