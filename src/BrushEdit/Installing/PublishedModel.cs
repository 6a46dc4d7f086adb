using BrushEdit.Loading;

namespace BrushEdit.Installing;

/// <summary>A model as its authors publish it on the hub, and what of it an edit needs.</summary>
public sealed record PublishedModel
{
    /// <summary>A model; its repository and its files are checked here, so that no name can lead out of a folder.</summary>
    /// <param name="name">The name it is installed by, and the name of its folder.</param>
    /// <param name="kind">What it is.</param>
    /// <param name="repository">Owner and name on the hub.</param>
    /// <param name="revision">The commit that is meant, 40 hexadecimal digits; or a branch, whose commit is asked for.</param>
    /// <param name="license">The licence its publisher gives.</param>
    /// <param name="files">The files that are needed.</param>
    /// <exception cref="EditException">A name is not one, or a file is a pickled checkpoint.</exception>
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

    /// <summary>The name it is installed by, and the name of its folder.</summary>
    public string Name { get; }

    /// <summary>What it is.</summary>
    public ModelKind Kind { get; }

    /// <summary>A line on it.</summary>
    public string Title { get; init; } = "";

    /// <summary>Owner and name on the hub.</summary>
    public string Repository { get; }

    /// <summary>Whether the repository is a Space, an application with its weights, and not a model.</summary>
    public bool IsSpace { get; init; }

    /// <summary>The folder of the repository that its files lie in; empty for the top.</summary>
    public string Folder { get; init; } = "";

    /// <summary>The commit that is meant, or a branch.</summary>
    public string Revision { get; }

    /// <summary>The licence its publisher gives.</summary>
    public string License { get; }

    /// <summary>The files that are needed.</summary>
    public IReadOnlyList<PublishedFile> Files { get; }

    /// <summary>Bytes of all files, as far as they are known; see <see cref="SizeIsExact"/>.</summary>
    public long Size => Files.Sum(file => file.Size);

    /// <summary>Whether the size is known to the byte, settings files of a few kilobytes aside.</summary>
    public bool SizeIsExact => Files.All(file => file.SizeIsExact || file.Size == 0);

    /// <summary>The page where it is published, for people to read.</summary>
    public string Page => $"https://huggingface.co/{(IsSpace ? "spaces/" : "")}{Repository}";
}

/// <summary>One file of a published model.</summary>
public sealed record PublishedFile
{
    /// <summary>A file; its path is checked.</summary>
    /// <param name="path">Its path below the model's folder, with forward slashes.</param>
    /// <param name="size">Its bytes; 0 if they are not known.</param>
    /// <param name="sizeIsExact">Whether the size is known to the byte, and not only to three digits.</param>
    /// <param name="sha256">Its SHA-256, 64 hexadecimal digits; null if the hub's own word is taken.</param>
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

    /// <summary>Its bytes, to the byte or to three digits; 0 if nothing is known.</summary>
    public long Size { get; }

    /// <summary>Whether <see cref="Size"/> is known to the byte.</summary>
    public bool SizeIsExact { get; }

    /// <summary>Its SHA-256, where it could be confirmed when this list was written; null if the hub's own word is taken.</summary>
    public string? Sha256 { get; }
}
