using BrushEdit.Loading;

namespace BrushEdit.Installing;

/// <summary>A model as its authors publish it on the hub, and the files that an edit needs.</summary>
public sealed record PublishedModel
{
    /// <summary>Creates a model; validates its repository and files, so that no name can lead out of a folder.</summary>
    /// <param name="name">The name under which it is installed, also the name of its folder.</param>
    /// <param name="kind">The kind of model.</param>
    /// <param name="repository">Owner and name on the hub.</param>
    /// <param name="revision">The commit, 40 hexadecimal digits; or a branch, whose commit is requested from the hub.</param>
    /// <param name="license">The licence stated by its publisher.</param>
    /// <param name="files">The required files.</param>
    /// <exception cref="EditException">A name is invalid, or a file is a pickled checkpoint.</exception>
    public PublishedModel(string name, ModelKind kind, string repository, string revision, string license, IReadOnlyList<PublishedFile> files)
    {
        HubPath.RequireName(name);
        HubPath.RequireRepository(repository);
        HubPath.RequireName(revision);
        ArgumentException.ThrowIfNullOrEmpty(license);
        ArgumentNullException.ThrowIfNull(files);
        Name = name;
        Kind = kind;
        Repository = repository;
        Revision = revision;
        License = license;
        Files = files;
    }

    /// <summary>The name under which it is installed, also the name of its folder.</summary>
    public string Name { get; }

    /// <summary>The kind of model.</summary>
    public ModelKind Kind { get; }

    /// <summary>A one-line description.</summary>
    public string Title { get; init; } = "";

    /// <summary>Owner and name on the hub.</summary>
    public string Repository { get; }

    /// <summary>Whether the repository is a Space, an application with its weights, and not a model.</summary>
    public bool IsSpace { get; init; }

    /// <summary>The folder of the repository that contains its files; empty for the root.</summary>
    public string Folder { get; init; } = "";

    /// <summary>The commit or a branch.</summary>
    public string Revision { get; }

    /// <summary>The licence stated by its publisher.</summary>
    public string License { get; }

    /// <summary>The required files.</summary>
    public IReadOnlyList<PublishedFile> Files { get; }

    /// <summary>The total size of all files in bytes, as far as known; see <see cref="SizeIsExact"/>.</summary>
    public long Size => Files.Sum(file => file.Size);

    /// <summary>Whether the size is known to the byte, except for settings files of a few kilobytes.</summary>
    public bool SizeIsExact => Files.All(file => file.SizeIsExact || file.Size == 0);

    /// <summary>The web page that publishes it.</summary>
    public string Page => $"https://huggingface.co/{(IsSpace ? "spaces/" : "")}{Repository}";
}

/// <summary>One file of a published model.</summary>
public sealed record PublishedFile
{
    /// <summary>Creates a file; validates its path.</summary>
    /// <param name="path">Its path below the model's folder, with forward slashes.</param>
    /// <param name="size">The size in bytes; 0 if unknown.</param>
    /// <param name="sizeIsExact">Whether the size is known to the byte, and not only to three digits.</param>
    /// <param name="sha256">Its SHA-256, 64 hexadecimal digits; null to use the hub's value.</param>
    /// <exception cref="EditException">The path leads out of its folder, or is a pickled checkpoint.</exception>
    public PublishedFile(string path, long size = 0, bool sizeIsExact = true, string? sha256 = null)
    {
        HubPath.RequireFile(path);
        ArgumentOutOfRangeException.ThrowIfNegative(size);
        Path = path;
        Size = size;
        SizeIsExact = sizeIsExact && size > 0;
        Sha256 = sha256 is null ? null : ContentDigest.Sha256(sha256).Hex;
    }

    /// <summary>Its path below the model's folder, with forward slashes.</summary>
    public string Path { get; }

    /// <summary>The size in bytes, exact or to three digits; 0 if unknown.</summary>
    public long Size { get; }

    /// <summary>Whether <see cref="Size"/> is known to the byte.</summary>
    public bool SizeIsExact { get; }

    /// <summary>Its SHA-256, if it could be confirmed when this list was written; null to use the hub's value.</summary>
    public string? Sha256 { get; }
}
