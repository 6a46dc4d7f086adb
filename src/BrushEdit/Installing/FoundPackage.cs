using NuGet.Packaging;
using NuGet.Packaging.Core;

namespace BrushEdit.Installing;

/// <summary>A package that a source has: a file in a folder, or an address.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Version">Its version.</param>
/// <param name="Source">Where it is.</param>
internal sealed record FoundPackage(string Id, string Version, string Source)
{
    /// <summary>Its bytes.</summary>
    public required long Size { get; init; }

    /// <summary>The package file where it lies in a folder; null if it is to be brought.</summary>
    public string? File { get; init; }

    /// <summary>The package file's address.</summary>
    public Uri? Address { get; init; }

    /// <summary>The address of its manifest.</summary>
    public Uri? Manifest { get; init; }

    /// <summary>The address of what the source's catalogue says of it; null if the source has none.</summary>
    public Uri? Registration { get; init; }

    /// <summary>Asks the source.</summary>
    public PackageClient? Client { get; init; }

    /// <summary>A package in a folder.</summary>
    /// <param name="identity">Id and version.</param>
    /// <param name="file">The package file.</param>
    /// <param name="source">The folder's name as a source.</param>
    public static FoundPackage InFolder(PackageIdentity identity, string file, string source) =>
        new(identity.Id, identity.Version.ToNormalizedString(), source) { File = file, Size = new FileInfo(file).Length };

    /// <summary>What it must come to: the module's own list counts most, then what the source's catalogue or folder declares.</summary>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>Size and hash, and whose word the hash is; null if nobody has given it.</returns>
    /// <exception cref="EditException">The source has another file than the one that was published.</exception>
    public async Task<(HubFile Expected, string? VerifiedBy)> ExpectedAsync(CancellationToken cancellation)
    {
        if (KnownPackages.Find(Id, Version) is { } known)
        {
            return Size == known.Size
                ? (new HubFile(known.Size, ContentDigest.Sha512(known.Sha512)), "list")
                : throw new EditException(
                    EditFault.BadDownload,
                    $"The package {Id} {Version} of {Source} has {Size} bytes; {known.Size} were published.",
                    "Give another source with -Source.",
                    Id);
        }

        string? declared = File is not null
            ? ReadHash(File + ".sha512")
            : Registration is not null ? await Client!.DeclaredHashAsync(Registration, cancellation).ConfigureAwait(false) : null;
        try
        {
            return declared is null
                ? (new HubFile(Size, ContentDigest.Undeclared), null)
                : (new HubFile(Size, ContentDigest.Sha512(declared)), "catalogue");
        }
        catch (FormatException fault)
        {
            throw new EditException(EditFault.BadDownload, $"The hash that {Source} declares for {Id} {Version} is invalid.", "Give another source with -Source.", Id, fault);
        }
    }

    /// <summary>The packages it needs, each in the lowest version it may have, as NuGet takes them.</summary>
    /// <param name="cancellation">Ends it.</param>
    public async Task<IReadOnlyList<(string Id, string Version)>> DependenciesAsync(CancellationToken cancellation)
    {
        try
        {
            NuspecReader reader;
            if (File is not null)
            {
                using PackageArchiveReader archive = new(File);
                reader = archive.NuspecReader;
            }
            else
            {
                byte[] text = await Client!.TextAsync(Manifest!, cancellation).ConfigureAwait(false)
                    ?? throw new EditException(EditFault.ServiceFailed, $"{Source} has no manifest of {Id} {Version}.", "Give another source with -Source.", Id);
                using MemoryStream stream = new(text);
                reader = new NuspecReader(stream);
            }

            return [.. reader.GetDependencyGroups().SelectMany(group => group.Packages)
                .Where(package => package.VersionRange.MinVersion is not null)
                .Select(package => (package.Id, package.VersionRange.MinVersion!.ToNormalizedString()))
                .Distinct()];
        }
        catch (Exception fault) when (fault is InvalidDataException or PackagingException or System.Xml.XmlException or ArgumentException)
        {
            throw new EditException(EditFault.BadDownload, $"The manifest of {Id} {Version} from {Source} cannot be read: {fault.Message}", "Give another source with -Source.", Id, fault);
        }
    }

    private static string? ReadHash(string file) => new FileInfo(file) is { Exists: true, Length: < 1024 } ? System.IO.File.ReadAllText(file).Trim() : null;
}
