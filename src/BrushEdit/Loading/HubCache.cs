using System.Text.RegularExpressions;

namespace BrushEdit.Loading;

/// <summary>
/// The local cache of the hub's tools: <c>models--owner--name/snapshots/&lt;commit&gt;</c> holds a model's files, as relative links
/// into <c>blobs</c>, and <c>refs/main</c> names the commit. The cache is only read, and the network is not used.
/// </summary>
/// <param name="folder">The cache's folder; need not exist.</param>
internal sealed partial class HubCache(string folder)
{
    // A commit's name is 40 characters.
    private const int LongestReference = 200;

    /// <summary>The cache's folder.</summary>
    public string Folder => folder;

    /// <summary>The usual folder of the cache: <c>HF_HUB_CACHE</c>, otherwise below <c>HF_HOME</c>, otherwise below the user's cache folder.</summary>
    public static string DefaultFolder()
    {
        if (Variable("HF_HUB_CACHE") is string cache)
        {
            return cache;
        }

        string home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile, Environment.SpecialFolderOption.DoNotVerify);
        string caches = Variable("XDG_CACHE_HOME") ?? Path.Combine(home, ".cache");
        return Path.Combine(Variable("HF_HOME") ?? Path.Combine(caches, "huggingface"), "hub");
    }

    /// <summary>Whether a text is a hub name, optionally followed by a folder: <c>owner/name</c>, <c>owner/name/folder</c>.</summary>
    /// <param name="text">The text.</param>
    public static bool IsName(string text) => Name().IsMatch(text) && !text.Contains("..", StringComparison.Ordinal);

    /// <summary>The name of a model whose folder is a snapshot in a cache; null for any other folder.</summary>
    /// <param name="path">The folder.</param>
    public static string? NameOf(string path)
    {
        string? snapshots = Path.GetDirectoryName(path);
        string model = Path.GetFileName(Path.GetDirectoryName(snapshots)) ?? string.Empty;
        string[] parts = model.Split("--", 3);
        return Path.GetFileName(snapshots) == "snapshots" && parts is ["models", _, _] ? $"{parts[1]}/{parts[2]}" : null;
    }

    /// <summary>Finds a model in the cache.</summary>
    /// <param name="name">Owner and name, optionally followed by a folder in the model.</param>
    /// <returns>The snapshot that <c>refs/main</c> names, otherwise the newest; null if the cache does not contain the model.</returns>
    /// <exception cref="EditException">None of its files has been downloaded.</exception>
    public Snapshot? Find(string name)
    {
        Match match = Name().Match(name);
        if (!IsName(name))
        {
            return null;
        }

        string model = Path.Combine(folder, $"models--{match.Groups["owner"].Value}--{match.Groups["name"].Value}");
        if (!Directory.Exists(model))
        {
            return null;
        }

        string hubName = $"{match.Groups["owner"].Value}/{match.Groups["name"].Value}";
        return Commit(model) is string commit
            ? new Snapshot(hubName, model, match.Groups["inner"].Success ? Path.Combine(commit, match.Groups["inner"].Value) : commit)
            : throw Incomplete(hubName, model, "none of its files was downloaded", null);
    }

    private static string? Commit(string model)
    {
        string snapshots = Path.Combine(model, "snapshots");
        string main = Path.Combine(model, "refs", "main");
        if (File.Exists(main) && Reference(main) is string commit && Directory.Exists(Path.Combine(snapshots, commit)))
        {
            return Path.Combine(snapshots, commit);
        }

        return Directory.Exists(snapshots) ? Directory.GetDirectories(snapshots).MaxBy(Directory.GetLastWriteTimeUtc) : null;
    }

    // Only a file name is accepted: a reference cannot point elsewhere on the disk.
    private static string? Reference(string file)
    {
        try
        {
            string text = System.Text.Encoding.ASCII.GetString(RegularFile.ReadAll(file, LongestReference)).Trim();
            return Revision().IsMatch(text) ? text : null;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static EditException Incomplete(string name, string model, string how, Exception? inner)
    {
        string blobs = Path.Combine(model, "blobs");
        int parts = Directory.Exists(blobs) ? Directory.GetFiles(blobs, "*.incomplete").Length : 0;
        string waiting = parts > 0 ? $" {parts} of its files are partly downloaded." : string.Empty;
        return new EditException(
            EditFault.BadModel,
            $"The hub's cache contains only a part of '{name}': {how.TrimEnd('.')}.{waiting}",
            $"Continue the download (hf download {name}), or give another model.",
            model,
            inner);
    }

    private static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;

    [GeneratedRegex(@"^(?<owner>[A-Za-z0-9][A-Za-z0-9_.-]*)/(?<name>[A-Za-z0-9][A-Za-z0-9_.-]*)(?:/(?<inner>[A-Za-z0-9_-][A-Za-z0-9_./-]*))?$", RegexOptions.CultureInvariant)]
    private static partial Regex Name();

    [GeneratedRegex(@"^[A-Za-z0-9_-]+$", RegexOptions.CultureInvariant)]
    private static partial Regex Revision();

    /// <summary>A model's files in the cache.</summary>
    /// <param name="Name">Owner and name.</param>
    /// <param name="Model">The model's folder in the cache, which contains its snapshots and blobs.</param>
    /// <param name="Path">The folder with its files.</param>
    internal sealed record Snapshot(string Name, string Model, string Path)
    {
        /// <summary>Recognises the model.</summary>
        /// <exception cref="EditException">The model is only partly downloaded, or its kind is not supported.</exception>
        public ModelFiles Open()
        {
            if (!Directory.Exists(Path))
            {
                throw Incomplete(Name, Model, $"there is no '{Path}'", null);
            }

            // A link whose target has not been downloaded.
            if (Directory.EnumerateFiles(Path, "*", SearchOption.AllDirectories).FirstOrDefault(PointsNowhere) is string open)
            {
                throw Incomplete(Name, Model, $"'{open}' points to a missing file", null);
            }

            try
            {
                return ModelFiles.Open(Path);
            }
            catch (EditException missing) when (missing.Kind == EditFault.NotFound || Waits())
            {
                throw Incomplete(Name, Model, missing.Message, missing);
            }
        }

        private static bool PointsNowhere(string file) =>
            new FileInfo(file) is { LinkTarget: not null } link && link.ResolveLinkTarget(returnFinalTarget: true) is not { Exists: true };

        private bool Waits()
        {
            string blobs = System.IO.Path.Combine(Model, "blobs");
            return Directory.Exists(blobs) && Directory.EnumerateFiles(blobs, "*.incomplete").Any();
        }
    }
}
