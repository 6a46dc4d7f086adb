using System.Globalization;
using BrushEdit.Loading;

namespace BrushEdit.Training;

/// <summary>
/// The checkpoints of a run: one file each, written atomically; the last few are kept. A run that is killed at any moment leaves its last
/// complete checkpoint.
/// </summary>
/// <param name="folder">Their folder, created if it is missing.</param>
/// <param name="keep">How many are kept.</param>
public sealed class Checkpoints(string folder, int keep)
{
    private const string Prefix = "step-";
    private const string Extension = ".safetensors";

    /// <summary>Their folder.</summary>
    public string Folder => folder;

    /// <summary>The existing files, newest first.</summary>
    public IReadOnlyList<string> Files => !Directory.Exists(folder) ? [] :
    [
        .. Directory.GetFiles(folder, Prefix + "*" + Extension)
            .Select(file => (File: file, Step: StepOf(file)))
            .Where(entry => entry.Step is not null)
            .OrderByDescending(entry => entry.Step)
            .Select(entry => entry.File),
    ];

    /// <summary>Writes a checkpoint, then deletes the oldest ones beyond the limit.</summary>
    /// <param name="state">The state to save.</param>
    /// <param name="facts">Further facts to save, by key.</param>
    /// <returns>The file.</returns>
    /// <exception cref="EditException">The checkpoint cannot be written; existing ones remain.</exception>
    public string Save(TrainingState state, IReadOnlyDictionary<string, string>? facts = null)
    {
        ArgumentNullException.ThrowIfNull(state);
        string path = Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{Prefix}{state.Step:d8}{Extension}"));
        Dictionary<string, string> metadata = state.Counts();
        foreach ((string key, string value) in facts ?? new Dictionary<string, string>())
        {
            metadata[key] = value;
        }

        try
        {
            Directory.CreateDirectory(folder);
            AtomicFile.Write(path, new WriteRule { Replace = true }, temporary => SafetensorsWriter.Write(temporary, state.Tensors(), metadata));
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new EditException(EditFault.CannotWrite, $"The checkpoint '{path}' cannot be written: {fault.Message}", "Free disk space; the run can continue from the last checkpoint.", path, fault);
        }

        foreach (string old in Files.Skip(Math.Max(1, keep)))
        {
            AtomicFile.TryDelete(old);
        }

        return path;
    }

    /// <summary>Deletes all checkpoints, for a run that starts over.</summary>
    /// <exception cref="EditException">A checkpoint cannot be deleted.</exception>
    public void Clear()
    {
        foreach (string path in Files.Where(file => !AtomicFile.TryDelete(file)))
        {
            throw new EditException(EditFault.CannotWrite, $"The checkpoint '{path}' of an earlier run cannot be deleted.", "Give another folder.", path);
        }
    }

    /// <summary>Continues from the newest readable checkpoint.</summary>
    /// <param name="state">Receives the checkpoint.</param>
    /// <param name="check">Inspects a checkpoint's metadata before it is loaded; throws if it belongs to another run. Null for no check.</param>
    /// <param name="problem">Receives a message for each unreadable file that is skipped; null for nothing.</param>
    /// <returns>False if no checkpoint exists.</returns>
    /// <exception cref="EditException">None of the existing checkpoints can be read, or the newest readable one belongs to another run.</exception>
    public bool TryRestore(TrainingState state, Action<IReadOnlyDictionary<string, string>>? check = null, Action<string>? problem = null)
    {
        ArgumentNullException.ThrowIfNull(state);
        EditException? last = null;
        foreach (string path in Files)
        {
            SafetensorsFile file;
            try
            {
                file = SafetensorsFile.Open(path);
            }
            catch (EditException fault)
            {
                problem?.Invoke($"The checkpoint '{path}' cannot be read and is skipped: {fault.Message}");
                last = fault;
                continue;
            }

            using (file)
            {
                check?.Invoke(file.Metadata);
                state.Restore(file);
                return true;
            }
        }

        return last is null ? false : throw last;
    }

    private static int? StepOf(string file) =>
        int.TryParse(Path.GetFileNameWithoutExtension(file)[Prefix.Length..], NumberStyles.None, CultureInfo.InvariantCulture, out int step) ? step : null;
}
