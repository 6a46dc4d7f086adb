using System.Collections.Concurrent;

namespace BrushEdit;

/// <summary>The files that a run reads: pictures and masks. Nothing the run writes may take the place of one. Safe to call from several threads.</summary>
public sealed class InputFiles
{
    private readonly ConcurrentDictionary<string, byte> files = new(RealPath.Comparer);

    /// <summary>Begins a set.</summary>
    /// <param name="paths">The files; a null stands for what was made in memory and is skipped.</param>
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

    /// <summary>A set with one more file; this one stays as it is.</summary>
    /// <param name="path">The file.</param>
    public InputFiles With(string path)
    {
        InputFiles more = new(files.Keys);
        more.Add(path);
        return more;
    }

    /// <summary>Whether a path leads to one of the files, through links or not.</summary>
    /// <param name="path">The path.</param>
    public bool Contains(string path) => !files.IsEmpty && files.ContainsKey(RealPath.Of(path));
}
