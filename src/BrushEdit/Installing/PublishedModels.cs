using System.Text.Json;
using System.Text.Json.Serialization;
using BrushEdit.Loading;

namespace BrushEdit.Installing;

/// <summary>
/// The models that can be installed by name. The list is data (<c>published-models.json</c>): repositories, commits, files, and those
/// sizes and hashes that could be confirmed in at least two public places when it was written. Missing values are taken from the hub
/// at the time of the download; see <see cref="HubClient"/>.
/// </summary>
public static class PublishedModels
{
    private const string Resource = "BrushEdit.Installing.published-models.json";

    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        Converters = { new JsonStringEnumConverter() },
    };

    private static readonly Lazy<IReadOnlyList<PublishedModel>> List = new(ReadResource);

    /// <summary>All models, in display order.</summary>
    public static IReadOnlyList<PublishedModel> All => List.Value;

    /// <summary>Finds a model by name, ignoring case.</summary>
    /// <param name="name">Its name.</param>
    /// <exception cref="EditException">No model has that name; lists those that exist.</exception>
    public static PublishedModel Find(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return All.FirstOrDefault(model => model.Name.Equals(name, StringComparison.OrdinalIgnoreCase)) ?? throw new EditException(
            EditFault.BadArgument,
            $"There is no model '{name}' to install.",
            $"Choose from {string.Join(", ", All.Select(model => model.Name))}. Copy other models into the models folder by hand.",
            name);
    }

    /// <summary>Returns how to install the model of a name; null if nothing of that name can be installed.</summary>
    /// <param name="name">A name that no installed model has.</param>
    public static string? Remedy(string name) =>
        All.FirstOrDefault(model => model.Name.Equals(name, StringComparison.OrdinalIgnoreCase)) is { } model ? $"Install it: Install-EditModel {model.Name}." : null;

    /// <summary>Reads a list of models.</summary>
    /// <param name="json">A list in the form of <c>published-models.json</c>.</param>
    internal static IReadOnlyList<PublishedModel> Read(Stream json) =>
        [.. JsonSerializer.Deserialize<List<Entry>>(json, Options)!.Select(entry => entry.ToModel())];

    private static IReadOnlyList<PublishedModel> ReadResource()
    {
        using Stream json = typeof(PublishedModels).Assembly.GetManifestResourceStream(Resource)!;
        return Read(json);
    }

    private sealed record Entry(string Name, string Title, ModelKind Kind, string Repository, string Revision, string License, List<FileEntry> Files)
    {
        public bool Space { get; init; }

        public string Folder { get; init; } = "";

        public PublishedModel ToModel()
        {
            if (Folder.Length > 0)
            {
                HubPath.RequireFile(Folder);
            }

            return new(Name, Kind, Repository, Revision, License, [.. Files.Select(file => file.ToFile())]) { Title = Title, IsSpace = Space, Folder = Folder };
        }
    }

    // "size" is known to the byte, "about" to three digits.
    private sealed record FileEntry(string Path)
    {
        public long Size { get; init; }

        public long About { get; init; }

        public string? Sha256 { get; init; }

        public PublishedFile ToFile() => new(Path, Size > 0 ? Size : About, Size > 0, Sha256);
    }
}
