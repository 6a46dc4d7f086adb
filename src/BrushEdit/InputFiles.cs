using System.Collections.Concurrent;

namespace BrushEdit;

/// <summary>The files that a run reads: pictures and masks. No output of the run may replace one of them. Thread-safe.</summary>
public sealed class InputFiles
{
    private readonly ConcurrentDictionary<string, byte> files = new(RealPath.Comparer);

    /// <summary>Creates a set.</summary>
    /// <param name="paths">The files; a null represents a picture that exists only in memory and is skipped.</param>
    public InputFiles(params IEnumerable<string?> paths) => Add(paths);

    /// <summary>Adds files.</summary>
    /// <param name="paths">The files; a null is skipped.</param>
    public void Add(params IEnumerable<string?> paths)
    {
        ArgumentNullException.ThrowIfNull(paths);
        foreach (string path in paths.OfType<string>())
        {
            files.TryAdd(RealPath.Of(path), 0);
        }
    }

    /// <summary>Returns a set with one more file; this set does not change.</summary>
    /// <param name="path">The file.</param>
    public InputFiles With(string path)
    {
        InputFiles more = new(files.Keys);
        more.Add(path);
        return more;
    }

    /// <summary>Whether a path leads to one of the files, directly or through links.</summary>
    /// <param name="path">The path.</param>
    public bool Contains(string path) => !files.IsEmpty && files.ContainsKey(RealPath.Of(path));
}
