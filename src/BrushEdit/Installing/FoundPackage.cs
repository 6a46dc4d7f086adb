using NuGet.Packaging;
using NuGet.Packaging.Core;

namespace BrushEdit.Installing;

/// <summary>A package that a source has: a file in a folder, or an address.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Version">Its version.</param>
/// <param name="Source">The package's source.</param>
internal sealed record FoundPackage(string Id, string Version, string Source)
{
    /// <summary>The size in bytes.</summary>
    public required long Size { get; init; }

    /// <summary>The package file if it is in a folder; null if it must be downloaded.</summary>
    public string? File { get; init; }

    /// <summary>The package file's address.</summary>
    public Uri? Address { get; init; }

    /// <summary>The address of its manifest.</summary>
    public Uri? Manifest { get; init; }

    /// <summary>The address of its entry in the source's catalogue; null if the source has none.</summary>
    public Uri? Registration { get; init; }

    /// <summary>The client that queries the source.</summary>
    public PackageClient? Client { get; init; }

    /// <summary>A package in a folder.</summary>
    /// <param name="identity">Id and version.</param>
    /// <param name="file">The package file.</param>
    /// <param name="source">The folder's name as a source.</param>
    public static FoundPackage InFolder(PackageIdentity identity, string file, string source) =>
        new(identity.Id, identity.Version.ToNormalizedString(), source) { File = file, Size = new FileInfo(file).Length };

    /// <summary>Returns the expected content: the module's own list takes precedence, then the source's catalogue or folder.</summary>
    /// <param name="cancellation">Cancels the operation.</param>
    /// <returns>Size and hash, and the origin of the hash; null if no hash is declared.</returns>
    /// <exception cref="EditException">The source's file differs from the published one.</exception>
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

    /// <summary>Returns its dependencies, each in the lowest allowed version, as NuGet resolves them.</summary>
    /// <param name="cancellation">Cancels the operation.</param>
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
