using BrushEdit.Loading;

namespace BrushEdit.Installing;

/// <summary>
/// Installs published models into a models folder. Files are collected in a hidden folder beside the models and moved to their destination when
/// all are present and verified, so that an interrupted download is never mistaken for a model; the next run resumes it. In the
/// whole library, only this class and the planners that query a language model's server go online.
/// </summary>
/// <param name="settings">The hub settings.</param>
public sealed class ModelInstaller(HubSettings settings)
{
    /// <summary>Returns the free bytes on a folder's disk; tests substitute other values.</summary>
    internal Func<string, long?> FreeSpace { get; init; } = DiskFaults.Free;

    /// <summary>Opens a part; tests substitute one that fails.</summary>
    internal Func<string, Stream> OpenPart { get; init; } = ResumableDownload.OpenFile;

    /// <summary>Returns what exists at a model's installation path; does not use the network.</summary>
    /// <param name="model">The model.</param>
    /// <param name="root">The models folder.</param>
    /// <returns>The record of a complete installation; null if nothing exists, or only an incomplete one.</returns>
    /// <exception cref="EditException">Something exists there that was not installed by this class.</exception>
    public static InstallRecord? Installed(PublishedModel model, string root)
    {
        ArgumentNullException.ThrowIfNull(model);
        string folder = FolderOf(model, root);
        if (!Directory.Exists(folder) && !File.Exists(folder))
        {
            return null;
        }

        InstallRecord record = InstallRecord.TryRead(folder) ?? throw new EditException(
            EditFault.CannotWrite,
            $"'{folder}' already exists, and was not installed by this command.",
            "Use it unchanged, move it, or install to another folder with -Destination.",
            folder);
        return record.IsComplete(folder) ? record : null;
    }

    /// <summary>Returns the path at which a model is installed.</summary>
    /// <param name="model">The model.</param>
    /// <param name="root">The models folder.</param>
    public static string FolderOf(PublishedModel model, string root)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentException.ThrowIfNullOrEmpty(root);
        return Path.Combine(Path.GetFullPath(root), model.Name);
    }

    /// <summary>Installs a model. A complete one is left as it is, without network access.</summary>
    /// <param name="model">The model.</param>
    /// <param name="root">The models folder; created if it does not exist.</param>
    /// <param name="check">Verifies the files of an installed model, and downloads those again whose content differs from the published one.</param>
    /// <param name="progress">Receives progress; null for none.</param>
    /// <param name="cancellation">Cancels the installation; received data is kept.</param>
    /// <returns>The model's folder.</returns>
    /// <exception cref="EditException">The model cannot be downloaded or written, or differs from the published one; states a remedy.</exception>
    public async Task<string> InstallAsync(PublishedModel model, string root, bool check = false, IProgress<InstallProgress>? progress = null, CancellationToken cancellation = default)
    {
        string folder = FolderOf(model, root);
        InstallMeter meter = new(model.Name, model.Size, model.Files.Count, progress);
        InstallRecord? record = Installed(model, root);
        if (record is not null && (!check || await IsRightAsync(record, folder, meter, cancellation).ConfigureAwait(false)))
        {
            return folder;
        }

        using HubClient hub = new(settings);
        string staging = StagingFolder.Make(root, model.Name);
        try
        {
            using FileStream guard = StagingFolder.Guard(staging, model.Name);
            meter.Report(InstallStage.Asking, "", 0, 0);
            string commit = await hub.ResolveAsync(model, cancellation).ConfigureAwait(false);
            IReadOnlyDictionary<string, HubFile> declared = await hub.ListAsync(model, commit, cancellation).ConfigureAwait(false);
            Dictionary<string, HubFile> files = model.Files.ToDictionary(file => file.Path, file => HubFile.Expected(model, file, declared));
            meter.Total = files.Values.Sum(file => file.Size);
            DiskFaults.RequireRoom(staging, files.Sum(file => Missing(staging, file.Key, file.Value)), FreeSpace(staging));

            // Small files first: a problem with the destination shows before gigabytes are downloaded.
            foreach ((string path, HubFile file) in files.OrderBy(file => file.Value.Size))
            {
                await BringAsync(hub, model, commit, path, file, staging, folder, meter, cancellation).ConfigureAwait(false);
            }

            Place(model, commit, files, staging, folder);
            return folder;
        }
        finally
        {
            StagingFolder.Tidy(staging);
        }
    }

    private async Task BringAsync(
        HubClient hub, PublishedModel model, string commit, string path, HubFile file, string staging, string folder, InstallMeter meter, CancellationToken cancellation)
    {
        int number = meter.Begin(path);
        string target = Path.Combine(staging, path);
        string old = Path.Combine(folder, path);
        if (IsLong(target, file) || (IsLong(old, file) && await file.Digest.MatchesAsync(old, cancellation).ConfigureAwait(false)))
        {
            // Its hash was verified when it was moved to its name, or is verified in the model under repair.
            meter.End(file.Size);
            return;
        }

        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        ResumableDownload download = new(settings, (from, token) => hub.OpenAsync(model, commit, path, from, token)) { OpenPart = OpenPart };

        await download.RunAsync(path, target, file, bytes => meter.Report(InstallStage.Downloading, path, number, bytes), cancellation).ConfigureAwait(false);
        try
        {
            ContentCheck.Require(target, path);
        }
        catch (EditException)
        {
            File.Delete(target);
            throw;
        }

        meter.End(file.Size);
    }

    private static async Task<bool> IsRightAsync(InstallRecord record, string folder, InstallMeter meter, CancellationToken cancellation)
    {
        meter.Total = record.Files.Sum(file => file.Size);
        bool right = true;
        foreach (InstalledFile file in record.Files)
        {
            int number = meter.Begin(file.Path);
            meter.Report(InstallStage.Checking, file.Path, number, 0);
            right &= await file.Digest.MatchesAsync(Path.Combine(folder, file.Path), cancellation).ConfigureAwait(false);
            meter.End(file.Size);
        }

        meter.Restart();
        return right;
    }

    private static long Missing(string staging, string path, HubFile file)
    {
        string target = Path.Combine(staging, path);
        string part = ResumableDownload.PartOf(target, file);
        return IsLong(target, file) ? 0 : file.Size - (File.Exists(part) ? Math.Min(RegularFile.Length(part), file.Size) : 0);
    }

    private static bool IsLong(string path, HubFile file) => RegularFile.IsLong(path, file.Size);

    // All files are present: the folder appears atomically, with its record. A model under repair receives the new files one by one.
    private static void Place(PublishedModel model, string commit, Dictionary<string, HubFile> files, string staging, string folder)
    {
        try
        {
            foreach (string stale in Directory.EnumerateFiles(staging, "*", SearchOption.AllDirectories)
                .Where(file => !files.ContainsKey(Path.GetRelativePath(staging, file).Replace('\\', '/'))).ToArray())
            {
                File.Delete(stale);
            }

            if (!Directory.Exists(folder))
            {
                Record(model, commit, files).Write(staging);
                RequireModel(model, staging);
                Directory.Move(staging, folder);
                return;
            }

            foreach (string path in files.Keys.Where(path => File.Exists(Path.Combine(staging, path))))
            {
                string target = Path.Combine(folder, path);
                Directory.CreateDirectory(Path.GetDirectoryName(target)!);
                File.Move(Path.Combine(staging, path), target, overwrite: true);
            }

            Record(model, commit, files).Write(folder);
            Directory.Delete(staging, recursive: true);
            RequireModel(model, folder);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw DiskFaults.Write(fault, folder);
        }
    }

    private static void RequireModel(PublishedModel model, string folder)
    {
        ModelFiles found = ModelFiles.Open(folder);
        if (found.Kind != model.Kind)
        {
            throw ModelRecognition.WrongKind(folder, found.Kind, model.Kind);
        }
    }

    private static InstallRecord Record(PublishedModel model, string commit, Dictionary<string, HubFile> files) => new()
    {
        Name = model.Name,
        Repository = model.Repository,
        Commit = commit,
        License = model.License,
        Page = model.Page,
        Files = [.. model.Files.Select(file => (file, expected: files[file.Path])).Select(pair => new InstalledFile(pair.file.Path, pair.expected.Size)
        {
            Sha256 = pair.expected.Digest.Hex.Length == 64 ? pair.expected.Digest.Hex : null,
            GitId = pair.expected.Digest.Hex.Length == 64 ? null : pair.expected.Digest.Hex,
            VerifiedBy = pair.file.Sha256 is null ? "hub" : "list",
        })],
    };
}
