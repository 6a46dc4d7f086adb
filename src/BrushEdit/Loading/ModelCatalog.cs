namespace BrushEdit.Loading;

/// <summary>Finds models by path, by name in the models folders, or by <c>owner/name</c> in the cache of the hub's own tools.</summary>
public sealed class ModelCatalog
{
    /// <summary>The environment variable that names the models folder (or several, separated as in PATH).</summary>
    public const string FolderVariable = "BRUSHEDIT_MODELS";

    // How deep in a models folder a model may be: publisher/model/variant.
    private const int Depth = 3;

    private readonly HubCache hub;
    private readonly Func<string, string?>? remedy;

    /// <summary>Searches the given folders in order; those that do not exist are skipped.</summary>
    /// <param name="roots">The models folders.</param>
    /// <param name="hubFolder">The hub's cache, in which names such as <c>owner/name</c> are looked up; null for the usual one.</param>
    /// <param name="remedy">Returns a remedy for an unknown name, such as how to install it, or null; null for a general remedy.</param>
    public ModelCatalog(IEnumerable<string> roots, string? hubFolder = null, Func<string, string?>? remedy = null)
    {
        this.remedy = remedy;
        ArgumentNullException.ThrowIfNull(roots);
        hub = new HubCache(hubFolder ?? HubCache.DefaultFolder());
        Roots = [.. roots.Select(Path.GetFullPath).Distinct(StringComparer.Ordinal)];
    }

    /// <summary>The models folders.</summary>
    public IReadOnlyList<string> Roots { get; }

    /// <summary>The catalog of the project's <c>weights</c> folder and the user's models folder.</summary>
    /// <param name="remedy">Returns a remedy for an unknown name, or null; null for a general remedy.</param>
    public static ModelCatalog CreateDefault(Func<string, string?>? remedy = null) => new(DefaultRoots(), remedy: remedy);

    /// <summary>
    /// The usual models folders: <c>weights</c> next to the module, then those that <see cref="FolderVariable"/> names, otherwise
    /// <c>BrushEdit/models</c> in the user's data folder.
    /// </summary>
    public static IReadOnlyList<string> DefaultRoots()
    {
        List<string> roots = [];
        if (WeightsBesideModule() is string weights)
        {
            roots.Add(weights);
        }

        string? given = Environment.GetEnvironmentVariable(FolderVariable);
        if (!string.IsNullOrWhiteSpace(given))
        {
            roots.AddRange(given.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
        }
        else
        {
            string data = Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify);
            if (data.Length > 0)
            {
                roots.Add(Path.Combine(data, "BrushEdit", "models"));
            }
        }

        return roots;
    }

    /// <summary>The folder where models are installed: the first that <see cref="FolderVariable"/> names, otherwise that in the user's data folder.</summary>
    /// <exception cref="EditException">The system has no data folder for this user, and the variable names none.</exception>
    public static string UserFolder()
    {
        string? weights = WeightsBesideModule();
        return DefaultRoots().FirstOrDefault(root => root != weights) ?? throw new EditException(
            EditFault.NotFound, "There is no models folder: this user has no data folder.", $"Set {FolderVariable} to a folder for models.", FolderVariable);
    }

    /// <summary>The usable models of all models folders, including those inside bundles.</summary>
    public IReadOnlyList<ModelInfo> List() => Scan().Models;

    /// <summary>All models in the models folders, and everything that looks like a model but cannot be used.</summary>
    public ModelListing Scan()
    {
        List<ModelInfo> models = [];
        List<ModelProblem> problems = [];
        foreach ((string name, ModelFiles files) in Roots.SelectMany(root => Below(root, problems)))
        {
            Describe(name, files, models, problems);
            foreach (ModelFiles inner in files.Bundled(problems))
            {
                Describe($"{name}/{Path.GetFileName(inner.Path)}", inner, models, problems);
            }
        }

        return new ModelListing(models, problems);
    }

    /// <summary>Finds a model of a kind and describes it.</summary>
    /// <param name="nameOrPath">A name from <see cref="List"/>, a bundle's name, a path, or a hub name in the cache.</param>
    /// <param name="kind">The required kind.</param>
    /// <exception cref="EditException">There is no model of that name, or it is of another kind; the error says which models exist.</exception>
    public ModelInfo Find(string nameOrPath, ModelKind kind) => Open(nameOrPath, kind).Describe(nameOrPath);

    /// <summary>Finds a model of a kind and opens its files. For a bundle, this is the model of that kind inside it.</summary>
    /// <param name="nameOrPath">A name from <see cref="List"/>, a bundle's name, a path, or a hub name in the cache.</param>
    /// <param name="kind">The required kind.</param>
    /// <exception cref="EditException">There is no model of that name, or it is of another kind; the error says which models exist.</exception>
    public ModelFiles Open(string nameOrPath, ModelKind kind)
    {
        ArgumentException.ThrowIfNullOrEmpty(nameOrPath);
        ModelFiles found = Located(nameOrPath);
        return Fits(found, kind)
            ? found
            : found.Bundled().FirstOrDefault(inner => inner.Kind == kind) is { } inner
                ? WithLender(inner)
                : throw ModelRecognition.WrongKind(found.Path, found.Kind, kind);
    }

    /// <summary>The tiny autoencoder of a family that is installed under its usual name: taesd, taesdxl; null if there is none.</summary>
    /// <param name="family">The family.</param>
    public ModelFiles? TinyVae(ModelFamily family) => Installed(family == ModelFamily.Sdxl ? "taesdxl" : "taesd", files => files.IsTinyVae);

    /// <summary>The distilled LoRA of a family that is installed under its usual name: lcm-lora-sd15, lcm-lora-sdxl; null if there is none.</summary>
    /// <param name="family">The family.</param>
    public ModelFiles? DistilledLora(ModelFamily family) => Installed(family == ModelFamily.Sdxl ? "lcm-lora-sdxl" : "lcm-lora-sd15", files => files.Kind == ModelKind.Lora);

    /// <summary>Finds a model of any kind and opens its files.</summary>
    /// <param name="nameOrPath">As for <see cref="Open"/>.</param>
    /// <exception cref="EditException">There is no model of that name.</exception>
    public ModelFiles Locate(string nameOrPath)
    {
        ArgumentException.ThrowIfNullOrEmpty(nameOrPath);
        return Located(nameOrPath);
    }

    private ModelFiles? Installed(string name, Func<ModelFiles, bool> fits)
    {
        IEnumerable<string> places = Roots.SelectMany(root => (string[])[Path.Combine(root, name), Path.Combine(root, name + ".safetensors")]);
        return places.Where(path => Directory.Exists(path) || File.Exists(path)).Select(path => ModelFiles.Try(path, null)).FirstOrDefault(files => files is not null && fits(files));
    }

    // A base model with a VAE also fits if a VAE is required.
    private static bool Fits(ModelFiles found, ModelKind kind) =>
        found.Kind == kind || (kind == ModelKind.Vae && found is { IsBase: true, HasVae: true });

    private ModelFiles WithLender(ModelFiles model)
    {
        model.Lender = Lend;
        return model;
    }

    /// <summary>
    /// The installed model that lends a missing part to another one: a configuration if it is of the same kind with the same tensors,
    /// a vocabulary if its text encoder has a token table of the same length.
    /// </summary>
    private ModelFiles? Lend(ModelFiles borrower, ModelPart part)
    {
        ModelPart compared = part switch
        {
            ModelPart.Tokenizer when borrower.IsBase => ModelPart.TextEncoder,
            ModelPart.Scheduler => ModelPart.Unet,
            ModelPart.Tokenizer or ModelPart.Processor => ModelPart.Network,
            _ => part,
        };
        using IWeightsFile own = borrower.OpenWeights(compared);
        return Installed().FirstOrDefault(other =>
            !other.IsSingleFile
            && (other.Kind == borrower.Kind || (other.IsBase && (borrower.Kind == ModelKind.Vae || (borrower.IsBase && part == ModelPart.Tokenizer))))
            && (part == ModelPart.Tokenizer || borrower.Kind == ModelKind.Vae || other.Family == borrower.Family)
            && (part != ModelPart.Tokenizer || other.OwnTokenizerFolder is not null)
            && Compare(other, compared, theirs => part == ModelPart.Tokenizer ? SharedShapes.HaveEqualTables(own, theirs) : SharedShapes.AreEqual(own, theirs)));
    }

    private IEnumerable<ModelFiles> Installed() =>
        Roots.SelectMany(root => Below(root)).Select(entry => entry.Files).SelectMany(files => files.Bundled().Prepend(files));

    private static bool Compare(ModelFiles model, ModelPart part, Func<IWeights, bool> compare)
    {
        try
        {
            using IWeightsFile weights = model.OpenWeights(part);
            return compare(weights);
        }
        catch (Exception fault) when (fault is EditException or IOException or UnauthorizedAccessException)
        {
            // A broken model cannot lend anything, and is not the one that was requested.
            return false;
        }
    }

    private static void Describe(string name, ModelFiles files, List<ModelInfo> models, List<ModelProblem> problems)
    {
        try
        {
            models.Add(files.Describe(name));
        }
        catch (EditException reason)
        {
            problems.Add(new ModelProblem(files.Path, reason));
        }
    }

    // The folder of that name next to the module's manifest or the solution. Without that condition, a source folder "Weights"
    // would match if file names are not case-sensitive.
    private static string? WeightsBesideModule()
    {
        string assembly = typeof(ModelCatalog).Assembly.Location;
        for (string? folder = assembly.Length > 0 ? Path.GetDirectoryName(assembly) : AppContext.BaseDirectory; folder is not null; folder = Path.GetDirectoryName(folder))
        {
            string weights = Path.Combine(folder, "weights");
            bool root = File.Exists(Path.Combine(folder, "BrushEdit.psd1")) || File.Exists(Path.Combine(folder, "BrushEdit.slnx"));
            if (root && Directory.Exists(weights))
            {
                return weights;
            }
        }

        return null;
    }

    private static IEnumerable<(string Name, ModelFiles Files)> Below(string root, ICollection<ModelProblem>? problems = null) =>
        Directory.Exists(root) ? Below(root, root, Depth, problems ?? []) : [];

    private static IEnumerable<(string Name, ModelFiles Files)> Below(string root, string folder, int depth, ICollection<ModelProblem> problems)
    {
        EnumerationOptions plain = new() { IgnoreInaccessible = true, AttributesToSkip = FileAttributes.Hidden | FileAttributes.System };
        foreach (string path in Directory.EnumerateFileSystemEntries(folder, "*", plain).Order(StringComparer.Ordinal))
        {
            // Folders with a leading dot are hidden; partly installed models are in such a folder.
            if (Path.GetFileName(path).StartsWith('.'))
            {
                continue;
            }

            bool file = File.Exists(path);
            if (file && !path.EndsWith(".safetensors", StringComparison.OrdinalIgnoreCase) && !ModelRecognition.IsPickled(path))
            {
                continue;
            }

            int before = problems.Count;
            if (ModelFiles.Try(path, problems) is { } files)
            {
                string name = Path.GetRelativePath(root, file ? Path.ChangeExtension(path, null) : path).Replace('\\', '/');
                yield return (name, files);
            }
            else if (!file && depth > 1 && problems.Count == before)
            {
                foreach ((string, ModelFiles) deeper in Below(root, path, depth - 1, problems))
                {
                    yield return deeper;
                }
            }
        }
    }

    private ModelFiles Located(string nameOrPath)
    {
        if (InCatalog(nameOrPath) is string path)
        {
            return WithLender(ModelFiles.Open(path));
        }

        return hub.Find(nameOrPath) is { } snapshot ? WithLender(snapshot.Open()) : throw NotFound(nameOrPath);
    }

    private string? InCatalog(string nameOrPath)
    {
        bool spelled = Path.IsPathRooted(nameOrPath) || nameOrPath.StartsWith('.');
        if (!spelled)
        {
            foreach (string root in Roots)
            {
                string path = Path.Combine(root, nameOrPath);
                if (Directory.Exists(path) || File.Exists(path))
                {
                    return path;
                }

                if (File.Exists(path + ".safetensors"))
                {
                    return path + ".safetensors";
                }
            }
        }

        if (Directory.Exists(nameOrPath) || File.Exists(nameOrPath))
        {
            return nameOrPath;
        }

        // Below the first level a model may be given by the last part of its name, regardless of case.
        string[] names = spelled ? [] : [.. Roots.SelectMany(root => Below(root)).Where(entry => Matches(entry.Name, nameOrPath)).Select(entry => entry.Files.Path).Distinct()];
        return names switch
        {
            [string one] => one,
            [] => null,
            _ => throw new EditException(
                EditFault.BadArgument, $"'{nameOrPath}' is ambiguous: it may be any of {string.Join(", ", names)}.", "Give the full name or the path.", nameOrPath),
        };
    }

    private static bool Matches(string name, string wanted) =>
        name.Equals(wanted, StringComparison.OrdinalIgnoreCase) || name.EndsWith("/" + wanted, StringComparison.OrdinalIgnoreCase);

    private EditException NotFound(string nameOrPath)
    {
        string[] known = [.. Roots.SelectMany(root => Below(root)).Select(entry => entry.Name).Distinct(StringComparer.Ordinal)];
        string there = known.Length > 0 ? $"Installed models: {string.Join(", ", known)}." : "None is installed yet.";
        return new EditException(
            EditFault.ModelNotFound,
            $"There is no model '{nameOrPath}', as a path or in {string.Join(" nor in ", Roots)}{(HubCache.IsName(nameOrPath) ? $" nor in the hub's cache {hub.Folder}" : string.Empty)}. {there}",
            remedy?.Invoke(nameOrPath) ?? $"Give a path, or set {FolderVariable} to the folder that contains your models.",
            nameOrPath);
    }
}
