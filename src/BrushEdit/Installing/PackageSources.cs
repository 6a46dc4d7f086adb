using NuGet.Common;
using NuGet.Configuration;
using NuGet.Packaging.Core;
using NuGet.Protocol;
using NuGet.Protocol.Core.Types;
using NuGet.Versioning;

namespace BrushEdit.Installing;

/// <summary>
/// The user's NuGet sources, as <c>dotnet restore</c> would use them in a folder: those of the configuration files from that folder up to the
/// user's and the machine's, with their credentials and their mapping of packages to sources. NuGet's own cache comes first.
/// </summary>
internal sealed class PackageSources
{
    private readonly IReadOnlyList<PackageSource> sources;
    private readonly PackageSourceMapping? mapping;
    private readonly HubSettings settings;

    private PackageSources(IReadOnlyList<PackageSource> sources, PackageSourceMapping? mapping, HubSettings settings)
    {
        this.sources = sources;
        this.mapping = mapping;
        this.settings = settings;
    }

    /// <summary>The names of the sources, for error messages.</summary>
    public string Names => string.Join(", ", sources.Select(source => source.Name == source.Source ? source.Name : $"{source.Name} ({source.Source})"));

    /// <summary>Reads the configuration, or uses one source instead.</summary>
    /// <param name="source">An address, a folder or the name of a configured source; null for all that are configured.</param>
    /// <param name="folder">The folder where the search for configuration files begin.</param>
    /// <param name="settings">Time-outs and retries.</param>
    /// <exception cref="EditException">The configuration cannot be read, or names no source.</exception>
    public static PackageSources Read(string? source, string folder, HubSettings settings)
    {
        ISettings configuration;
        IReadOnlyList<PackageSource> configured;
        try
        {
            configuration = Settings.LoadDefaultSettings(folder);
            configured = [.. new PackageSourceProvider(configuration).LoadPackageSources()];
        }
        catch (NuGetConfigurationException fault)
        {
            throw new EditException(EditFault.BadArgument, $"NuGet's configuration cannot be read: {fault.Message}", "Correct the file, or give a source with -Source.", null, fault);
        }

        if (source is not null)
        {
            return new([configured.FirstOrDefault(known => known.Name.Equals(source, StringComparison.OrdinalIgnoreCase)) ?? Explicit(source, folder)], null, settings);
        }

        string cache = SettingsUtility.GetGlobalPackagesFolder(configuration);
        IEnumerable<PackageSource> first = Directory.Exists(cache) ? [new PackageSource(cache, "NuGet's cache")] : [];
        PackageSourceMapping found = PackageSourceMapping.GetPackageSourceMapping(configuration);
        PackageSource[] all = [.. first, .. configured.Where(known => known.IsEnabled)];
        return all.Length > 0
            ? new(all, found.IsEnabled ? found : null, settings)
            : throw new EditException(EditFault.NotFound, "NuGet's configuration names no package source.", "Give one with -Source: an address or a folder.", folder);
    }

    /// <summary>Finds a package in the first source that has it.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="version">Its version.</param>
    /// <param name="cancellation">Cancels the operation.</param>
    /// <exception cref="EditException">No source has it, or none could be reached.</exception>
    public async Task<FoundPackage> FindAsync(string id, string version, CancellationToken cancellation)
    {
        PackageIdentity identity = new(id, NuGetVersion.Parse(version));
        List<string> silent = [];
        foreach (PackageSource source in sources.Where(source => Allowed(source, id)))
        {
            try
            {
                if (await FindAsync(source, identity, cancellation).ConfigureAwait(false) is { } found)
                {
                    return found;
                }
            }
            catch (Exception fault) when (fault is FatalProtocolException or EditException or HttpRequestException or IOException)
            {
                silent.Add($"{source.Source}: {(fault.InnerException ?? fault).Message.Split('\n')[0].Trim()}");
            }
        }

        throw silent.Count > 0
            ? new EditException(
                EditFault.ServiceFailed,
                $"The package {id} {version} was not found: some sources do not answer. {string.Join("; ", silent)}",
                "Check the connection and the sources (dotnet nuget list source), or give a source with -Source.",
                id)
            : new EditException(
                EditFault.NotFound,
                $"No source has the package {id} {version}: {Names}.",
                "Add a source that has it, such as nuget.org, or give one with -Source: an address or a folder.",
                id);
    }

    private static PackageSource Explicit(string source, string folder)
    {
        if (Uri.TryCreate(source, UriKind.Absolute, out Uri? address) && address.Scheme is "http" or "https")
        {
            return new PackageSource(source);
        }

        string full = Path.GetFullPath(source, folder);
        return Directory.Exists(full)
            ? new PackageSource(full)
            : throw new EditException(
                EditFault.NotFound, $"'{source}' is not a package source: neither an address, nor a folder, nor a name in NuGet's configuration.", "See 'dotnet nuget list source'.", source);
    }

    private bool Allowed(PackageSource source, string id) =>
        mapping is null || source == sources[0] || mapping.GetConfiguredPackageSources(id).Contains(source.Name, StringComparer.OrdinalIgnoreCase);

    private async Task<FoundPackage?> FindAsync(PackageSource source, PackageIdentity identity, CancellationToken cancellation)
    {
        SourceRepository repository = Repository.Factory.GetCoreV3(source);
        if (source.IsLocal)
        {
            FindLocalPackagesResource folder = (await repository.GetResourceAsync<FindLocalPackagesResource>(cancellation).ConfigureAwait(false))!;
            return folder.GetPackage(identity, NullLogger.Instance, cancellation) is { } info ? FoundPackage.InFolder(identity, info.Path, source.Name) : null;
        }

        if (source.IsHttp && !source.IsHttps && !source.AllowInsecureConnections && !source.SourceUri.IsLoopback)
        {
            throw new EditException(EditFault.BadArgument, "this source is not encrypted, and its configuration does not allow that (allowInsecureConnections).", null, source.Source);
        }

        ServiceIndexResourceV3 index = await repository.GetResourceAsync<ServiceIndexResourceV3>(cancellation).ConfigureAwait(false)
            ?? throw new EditException(EditFault.ServiceFailed, "this source does not support version 3 of NuGet's protocol.", null, source.Source);
        if (index.GetServiceEntryUris(ServiceTypes.PackageBaseAddress) is not [{ } content, ..])
        {
            throw new EditException(EditFault.ServiceFailed, "this source declares no address for package contents.", null, source.Source);
        }

        HttpHandlerResource handler = (await repository.GetResourceAsync<HttpHandlerResource>(cancellation).ConfigureAwait(false))!;
        PackageClient client = new(handler.MessageHandler, settings, source.Source);
        string id = identity.Id.ToLowerInvariant();
        string version = identity.Version.ToNormalizedString().ToLowerInvariant();
        Uri package = new(Slashed(content), $"{id}/{version}/{id}.{version}.nupkg");
        long? size = await client.SizeAsync(package, cancellation).ConfigureAwait(false);
        Uri? registration = index.GetServiceEntryUris(ServiceTypes.RegistrationsBaseUrl) is [{ } first, ..] ? first : null;
        return size is null ? null : new FoundPackage(identity.Id, version, source.Source)
        {
            Address = package,
            Manifest = new Uri(Slashed(content), $"{id}/{version}/{id}.nuspec"),
            Registration = registration is null ? null : new Uri(Slashed(registration), $"{id}/{version}.json"),
            Client = client,
            Size = size.Value,
        };
    }

    private static Uri Slashed(Uri address) => address.AbsoluteUri.EndsWith('/') ? address : new Uri(address.AbsoluteUri + "/");
}
