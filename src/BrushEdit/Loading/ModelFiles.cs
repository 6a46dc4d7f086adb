namespace BrushEdit.Loading;

/// <summary>
/// The files of one model: a diffusers folder, the folder of a BrushNet, a Grounding DINO, a SAM or a VAE, one file of any of these, or a
/// language model's two GGUF files. Only this class knows file names; loaders request configurations and weights by part.
/// </summary>
public sealed class ModelFiles
{
    internal const string ConfigName = "config.json";
    private const string TokenizerName = "tokenizer";
    private const string SecondTokenizerName = "tokenizer_2";

    // The padding token of Stable Diffusion XL's second text encoder, which has the same vocabulary as the first.
    private const string SecondPad = "!";

    // Where users keep the vocabulary of a single-file Grounding DINO: next to it, or in a folder with one of these names.
    private static readonly string[] VocabularyFolders = ["", TokenizerName, "bert-base-uncased"];

    private static readonly Dictionary<ModelPart, string> Folders = new()
    {
        [ModelPart.Unet] = "unet",
        [ModelPart.Vae] = "vae",
        [ModelPart.TextEncoder] = "text_encoder",
        [ModelPart.Tokenizer] = TokenizerName,
        [ModelPart.Scheduler] = "scheduler",
        [ModelPart.TextEncoder2] = "text_encoder_2",
        [ModelPart.Tokenizer2] = SecondTokenizerName,
    };

    private static readonly ModelPart[] PartsOfXl = [ModelPart.TextEncoder2, ModelPart.Tokenizer2];

    // Parts of published folders that an edit does not need.
    private static readonly string[] PassedOver = ["safety_checker", "feature_extractor", "image_encoder"];

    private readonly Lazy<bool> isUsualSize;
    private readonly Lazy<bool> hasVae;
    private readonly Lazy<bool> isTinyVae;
    private readonly Lazy<ModelFamily> family;

    private ModelFiles(string path, ModelKind kind)
    {
        Path = path;
        Kind = kind;
        IsSingleFile = File.Exists(path);
        isUsualSize = new Lazy<bool>(TellUsualSize);
        hasVae = new Lazy<bool>(TellVae);
        isTinyVae = new Lazy<bool>(() => kind == ModelKind.Vae && ModelRecognition.IsTinyVae(path));
        family = new Lazy<ModelFamily>(() => ModelRecognition.Family(path, kind));
    }

    /// <summary>The folder, or the single file.</summary>
    public string Path { get; }

    /// <summary>The model's name in results: that of its folder or file or, in the hub's cache, which stores files by commit, its hub name.</summary>
    public string Name => HubCache.NameOf(Path) ?? System.IO.Path.GetFileName(Path);

    /// <summary>The kind of the model.</summary>
    public ModelKind Kind { get; }

    /// <summary>Whether it is a complete base model, plain or trained for another task: text encoder, U-Net and usually VAE.</summary>
    public bool IsBase => Kind is ModelKind.StableDiffusion or ModelKind.Inpainting or ModelKind.InstructPix2Pix;

    /// <summary>The family it belongs to, determined by its configuration or by the names in its single file.</summary>
    public ModelFamily Family => family.Value;

    /// <summary>Whether the model is a single file, without configurations.</summary>
    public bool IsSingleFile { get; }

    /// <summary>Whether a base model includes an autoencoder, which some single files lack.</summary>
    public bool HasVae => hasVae.Value;

    /// <summary>Whether an autoencoder is a tiny one (TAESD); its files are read only once to find out.</summary>
    public bool IsTinyVae => isTinyVae.Value;

    /// <summary>
    /// Returns an installed model from which this one can borrow a missing configuration or vocabulary; null if it cannot borrow. The
    /// catalog sets it.
    /// </summary>
    internal Func<ModelFiles, ModelPart, ModelFiles?>? Lender { get; set; }

    /// <summary>The parts that have weights.</summary>
    public IReadOnlyList<ModelPart> WeightParts => Kind switch
    {
        ModelKind.StableDiffusion or ModelKind.Inpainting or ModelKind.InstructPix2Pix =>
        [
            ModelPart.Unet,
            .. HasVae ? [ModelPart.Vae] : Array.Empty<ModelPart>(),
            ModelPart.TextEncoder,
            .. Family == ModelFamily.Sdxl ? [ModelPart.TextEncoder2] : Array.Empty<ModelPart>(),
        ],
        ModelKind.Vae => [ModelPart.Vae],
        ModelKind.VisionLanguage => [],
        _ => [ModelPart.Network],
    };

    /// <summary>The two GGUF files of a <see cref="ModelKind.VisionLanguage"/>; null for all other kinds.</summary>
    public (string Model, string Projector)? Gguf { get; private init; }

    /// <summary>Recognises a model and checks that its parts exist; reads configurations and headers only.</summary>
    /// <param name="path">A folder or a <c>.safetensors</c> file.</param>
    /// <exception cref="EditException">There is no model, a part is missing, or its kind is not supported; the error says what to use.</exception>
    public static ModelFiles Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        path = System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(path));
        ModelFiles? model;
        try
        {
            model = File.Exists(path) ? OpenFile(path) : Directory.Exists(path) ? OpenFolder(path) : throw NotThere(path);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw Unreadable(path, fault);
        }

        return model ?? throw new EditException(
            EditFault.BadModel,
            $"'{path}' is not a supported model: it contains no {ModelIndex.FileName}, no {ConfigName} of a known kind and no single {WeightsLocation.Ending} file.",
            "Point to a Stable Diffusion 1.5 or XL, BrushNet, Grounding DINO or SAM folder.",
            path);
    }

    /// <summary>
    /// The classifier-free guidance scale that the model's authors recommend (<c>_guidance_scale</c> of the index); null if there is none, or it
    /// is outside the range 1 to 100.
    /// </summary>
    public double? GuidanceScale =>
        !IsSingleFile ? ModelIndex.GuidanceScale(Path) : isUsualSize.Value ? null : Lender?.Invoke(this, ModelPart.Unet)?.GuidanceScale;

    /// <summary>
    /// The side, in pixels, up to which the model's authors recommend filling whole pictures (<c>_largest_side</c> of the index); null if there
    /// is none, or it is outside the range 64 to 8192.
    /// </summary>
    public int? LargestSide => IsSingleFile ? null : ModelIndex.LargestSide(Path);

    /// <summary>Whether zeros replace the embedding of a missing negative prompt: <c>force_zeros_for_empty_prompt</c> of the index, true by default.</summary>
    public bool ZerosForNoPrompt => IsSingleFile || ModelIndex.ZerosForNoPrompt(Path);

    /// <summary>The LoRAs that the model's authors add to a diffusers folder (<c>_lora</c> of the index), each optionally with a colon and a weight.</summary>
    /// <exception cref="EditException">The list is broken, or names a file outside the folder.</exception>
    public IReadOnlyList<string> Loras => IsSingleFile ? [] : ModelIndex.Loras(Path);

    /// <summary>The models in subfolders of this one that are not its own parts; they make the folder a bundle.</summary>
    /// <param name="problems">Receives the folders that look like models but cannot be used; null to ignore them.</param>
    public IReadOnlyList<ModelFiles> Bundled(ICollection<ModelProblem>? problems = null)
    {
        if (IsSingleFile || !IsBase)
        {
            return [];
        }

        List<ModelFiles> found = [];
        foreach (string folder in Directory.GetDirectories(Path).Order(StringComparer.Ordinal))
        {
            string name = System.IO.Path.GetFileName(folder);
            bool own = Folders.ContainsValue(name) || PassedOver.Contains(name, StringComparer.Ordinal);
            if (!own && Try(folder, problems) is { } model && model.Kind != ModelKind.StableDiffusion)
            {
                found.Add(model);
            }
        }

        return found;
    }

    /// <summary>A part's configuration.</summary>
    /// <param name="part">The part.</param>
    /// <returns>
    /// Its JSON or, for a single file whose size is not a published one, that of an installed model with equal shapes; null if the
    /// published defaults apply, or the sizes must be read from the tensors' shapes.
    /// </returns>
    /// <exception cref="EditException">The file is missing or broken.</exception>
    public ConfigReader? Config(ModelPart part)
    {
        string name = part switch
        {
            ModelPart.Scheduler => "scheduler_config.json",
            ModelPart.Processor => "preprocessor_config.json",
            _ => ConfigName,
        };
        if (IsSingleFile)
        {
            return IsTinyVae || isUsualSize.Value ? null : Lender?.Invoke(this, part)?.Config(part);
        }

        string path = System.IO.Path.Combine(FolderOf(part), name);
        return part == ModelPart.Processor && !File.Exists(path) ? null : ConfigReader.Open(path);
    }

    /// <summary>
    /// The folder that holds the vocabulary: the model's own, one next to a single file, or that of an installed model of the same family;
    /// null if there is none.
    /// </summary>
    public string? TokenizerFolder => OwnTokenizerFolder ?? Lender?.Invoke(this, ModelPart.Tokenizer)?.OwnTokenizerFolder;

    /// <summary>The vocabulary folder that came with the model; null if there is none.</summary>
    internal string? OwnTokenizerFolder
    {
        get
        {
            string place = IsSingleFile ? System.IO.Path.GetDirectoryName(Path)! : Path;
            if (Kind == ModelKind.GroundingDino)
            {
                return VocabularyFolders.Select(name => name.Length == 0 ? place : System.IO.Path.Combine(place, name))
                    .FirstOrDefault(folder => File.Exists(System.IO.Path.Combine(folder, "vocab.txt")) || File.Exists(System.IO.Path.Combine(folder, "tokenizer.json")));
            }

            string own = System.IO.Path.Combine(place, TokenizerName);
            return Directory.Exists(own) ? own : null;
        }
    }

    /// <summary>The folder that holds the vocabulary.</summary>
    /// <exception cref="EditException">There is none; the error says what to do.</exception>
    public string RequireTokenizer() => TokenizerFolder ?? throw new EditException(
        EditFault.NotFound,
        $"'{Path}' has no tokenizer, and no installed model of its family has one.",
        Kind == ModelKind.GroundingDino
            ? "Put vocab.txt of bert-base-uncased beside it, or install a model that has it (Install-EditModel grounding-dino-tiny)."
            : "Put the 'tokenizer' folder of Stable Diffusion (vocab.json and merges.txt) beside it, or install a model that has it (Install-EditModel sd15).",
        Path);

    /// <summary>The folder that holds the vocabulary of a text encoder, and the padding token if the folder belongs to another encoder.</summary>
    /// <param name="encoder">The text encoder.</param>
    /// <returns>The folder, and the padding token that replaces the folder's own; null to keep that.</returns>
    /// <exception cref="EditException">There is none; the error says what to do.</exception>
    internal (string Folder, string? PadToken) RequireTokenizer(ModelPart encoder)
    {
        if (encoder != ModelPart.TextEncoder2)
        {
            return (RequireTokenizer(), null);
        }

        string own = System.IO.Path.Combine(IsSingleFile ? System.IO.Path.GetDirectoryName(Path)! : Path, SecondTokenizerName);
        return Directory.Exists(own) ? (own, null) : (RequireTokenizer(), SecondPad);
    }

    /// <summary>Opens a part's weights under their published names, whatever names the files use.</summary>
    /// <param name="part">One of <see cref="WeightParts"/>.</param>
    /// <param name="preferHalf">Whether to take the <c>fp16</c> variant if both exist.</param>
    /// <returns>The weights; the caller disposes them.</returns>
    /// <exception cref="EditException">The files are missing, pickled or broken.</exception>
    public IWeightsFile OpenWeights(ModelPart part, bool preferHalf = false)
    {
        string path = IsSingleFile ? Path : WeightsPath(part, preferHalf);
        IWeightsFile file = path.EndsWith(".json", StringComparison.Ordinal) ? ShardedWeights.Open(path) : SafetensorsFile.Open(path);
        try
        {
            return part switch
            {
                ModelPart.Vae => VaeWeights(file),
                ModelPart.Unet when IsSingleFile && SingleFileNames.LayersPerBlock(file.Tensors.Keys) is int layers =>
                    new RenamedWeights(file, name => SingleFileNames.Unet(name, layers)),
                ModelPart.TextEncoder => new RenamedWeights(file, IsSingleFile ? SingleFileNames.TextEncoder : TensorNames.TextEncoder),
                ModelPart.TextEncoder2 => IsSingleFile ? new RenamedWeights(file, SecondEncoderNames.Parts) : new RenamedWeights(file, TensorNames.TextEncoder),
                ModelPart.Network when Kind == ModelKind.Sam => new RenamedWeights(file, SamNames.Renaming(file.Tensors.Keys)),
                ModelPart.Network when Kind == ModelKind.GroundingDino && file.Tensors.Keys.Any(GroundingDinoNames.IsOriginal) =>
                    new RenamedWeights(file, GroundingDinoNames.Parts),
                _ => file,
            };
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    // From a complete model's file, or from a VAE's own file under the original names or those of diffusers, old or new.
    private static RenamedWeights VaeWeights(IWeightsFile file)
    {
        bool inside = file.Tensors.Keys.Any(name => name.StartsWith(SingleFileNames.VaePrefix, StringComparison.Ordinal));
        bool original = inside || file.Tensors.Keys.Any(name => name.StartsWith("decoder.up.", StringComparison.Ordinal));
        int levels = SingleFileNames.VaeLevels(file.Tensors.Keys);
        return new RenamedWeights(
            file,
            name => inside ? SingleFileNames.Vae(name, levels) : original ? SingleFileNames.Vae(SingleFileNames.VaePrefix + name, levels) : TensorNames.Vae(name),
            TensorNames.VaeShape);
    }

    /// <summary>The files with a part's weights; a sharded part has several.</summary>
    /// <param name="part">One of <see cref="WeightParts"/>.</param>
    /// <param name="preferHalf">Whether to take the <c>fp16</c> variant if both exist.</param>
    public IReadOnlyList<string> WeightFiles(ModelPart part, bool preferHalf = false)
    {
        string path = IsSingleFile ? Path : WeightsPath(part, preferHalf);
        return path.EndsWith(".json", StringComparison.Ordinal) ? ShardedWeights.Files(path) : [path];
    }

    /// <summary>The model's entry in a listing, read from the headers of its files.</summary>
    /// <param name="name">The name it was found by.</param>
    /// <exception cref="EditException">A file is missing or broken.</exception>
    public ModelInfo Describe(string name)
    {
        try
        {
            return DescribeFiles(name);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw Unreadable(Path, fault);
        }
    }

    private ModelInfo DescribeFiles(string name)
    {
        long parameters = 0;
        if (Gguf is { } gguf)
        {
            string[] pair = [gguf.Model, gguf.Projector];
            return new ModelInfo(name, Path, Kind, pair.Sum(file => RegularFile.Length(file)), pair.Sum(file => GgufHeader.Read(file).ParameterCount));
        }

        foreach (ModelPart part in WeightParts)
        {
            using IWeightsFile weights = OpenWeights(part);
            parameters += weights.Tensors.Values.Sum(tensor => tensor.Count);
        }

        long size = WeightParts.SelectMany(part => WeightFiles(part)).Distinct(StringComparer.Ordinal).Sum(file => RegularFile.Length(file));
        return new ModelInfo(name, Path, Kind, size, parameters) { Family = Family };
    }

    internal static bool IsDiffusers(string folder) =>
        File.Exists(System.IO.Path.Combine(folder, ModelIndex.FileName)) || Directory.Exists(System.IO.Path.Combine(folder, Folders[ModelPart.Unet]));

    /// <summary>Opens what may be a model; null if it is not one or cannot be used; the reason is added to the problems.</summary>
    internal static ModelFiles? Try(string path, ICollection<ModelProblem>? problems)
    {
        try
        {
            return File.Exists(path) ? OpenFile(path) : OpenFolder(path);
        }
        catch (EditException reason)
        {
            problems?.Add(new ModelProblem(path, reason));
            return null;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            problems?.Add(new ModelProblem(path, Unreadable(path, fault)));
            return null;
        }
    }

    private static ModelFiles OpenFile(string path)
    {
        // A weights file of a model folder stands for the whole folder.
        string folder = System.IO.Path.GetDirectoryName(path)!;
        if (path.EndsWith(GgufHeader.Ending, StringComparison.OrdinalIgnoreCase) && OpenFolder(folder) is { } language)
        {
            return language;
        }

        if (!ModelRecognition.IsPickled(path) && File.Exists(System.IO.Path.Combine(folder, ConfigName)) && OpenFolder(folder) is { } model)
        {
            return model;
        }

        return new ModelFiles(path, ModelRecognition.SingleFile(path));
    }

    private static ModelFiles? OpenFolder(string folder)
    {
        if (ModelRecognition.Folder(folder) is ModelKind kind)
        {
            ModelFiles model = new(folder, kind) { Gguf = kind == ModelKind.VisionLanguage ? ModelRecognition.GgufPair(folder) : null };
            model.CheckParts();
            return model;
        }

        // A folder that contains a single weights file.
        if (Directory.GetFiles(folder, "*" + WeightsLocation.Ending) is [string only] && Directory.GetDirectories(folder).All(IsVocabulary))
        {
            return new ModelFiles(only, ModelRecognition.SingleFile(only));
        }

        if (Directory.GetFiles(folder).FirstOrDefault(ModelRecognition.IsPickled) is string pickled && Directory.GetFiles(folder, "*" + WeightsLocation.Ending).Length == 0)
        {
            ModelRecognition.RefusePickle(pickled);
        }

        return null;
    }

    private static bool IsVocabulary(string folder) =>
        System.IO.Path.GetFileName(folder) is string name && (name == SecondTokenizerName || VocabularyFolders.Contains(name, StringComparer.Ordinal));

    private static EditException Unreadable(string path, Exception fault) =>
        new(EditFault.BadModel, $"'{path}' cannot be read: {fault.Message}", "Check that the copy is complete and readable.", path, fault);

    private static EditException NotThere(string path) =>
        new(EditFault.ModelNotFound, $"There is no model at '{path}'.", "Check the path, or use a name that the catalog lists.", path);

    private bool TellVae()
    {
        if (Kind == ModelKind.Vae || (IsBase && !IsSingleFile))
        {
            return true;
        }

        if (!IsBase)
        {
            return false;
        }

        using SafetensorsFile file = SafetensorsFile.Open(Path);
        return file.Tensors.Keys.Any(name => name.StartsWith(SingleFileNames.VaePrefix, StringComparison.Ordinal));
    }

    // One tensor identifies the published sizes, whose properties that no shape shows (heads, groups) are known.
    private bool TellUsualSize()
    {
        (ModelPart part, string tensor, int side, long size) = Kind switch
        {
            ModelKind.StableDiffusion or ModelKind.Inpainting or ModelKind.InstructPix2Pix => (ModelPart.Unet, "conv_in.weight", 0, 320L),
            ModelKind.Vae => (ModelPart.Vae, "encoder.conv_in.weight", 0, 128L),
            ModelKind.Sam => (ModelPart.Network, "mask_decoder.iou_token.weight", 1, 256L),
            ModelKind.GroundingDino => (ModelPart.Network, "model.level_embed", 1, 256L),
            ModelKind.ControlNet => (ModelPart.Network, "conv_in.weight", 0, 320L),
            _ => (ModelPart.Network, string.Empty, 0, 0L),
        };
        if (tensor.Length == 0)
        {
            return false;
        }

        using IWeightsFile weights = OpenWeights(part);
        return weights.Tensors.TryGetValue(tensor, out TensorInfo? info) && info.Shape.Count > side && info.Shape[side] == size;
    }

    private void CheckParts()
    {
        if (IsBase)
        {
            string[] parts = [.. Folders.Where(part => Family == ModelFamily.Sdxl || !PartsOfXl.Contains(part.Key)).Select(part => part.Value)];
            string[] missing = [.. parts.Where(part => !Directory.Exists(System.IO.Path.Combine(Path, part)))];
            if (missing.Length > 0)
            {
                throw new EditException(
                    EditFault.BadModel,
                    $"The model '{Path}' lacks {string.Join(", ", missing)}.",
                    $"A folder of {Family.Text()} contains {string.Join(", ", parts)}; copy the missing ones from where the model is published.",
                    Path);
            }
        }

        foreach (ModelPart part in WeightParts)
        {
            _ = WeightsPath(part, preferHalf: false);
        }
    }

    private string FolderOf(ModelPart part) =>
        IsBase && Folders.TryGetValue(part, out string? folder) ? System.IO.Path.Combine(Path, folder) : Path;

    private string WeightsPath(ModelPart part, bool preferHalf)
    {
        if (!WeightParts.Contains(part))
        {
            throw new EditException(EditFault.BadArgument, $"The model '{Path}' has no weights of its own for {part}.", null, part);
        }

        bool transformers = part is ModelPart.TextEncoder or ModelPart.TextEncoder2 || Kind is ModelKind.GroundingDino or ModelKind.Sam or ModelKind.Clip;
        return WeightsLocation.Find(FolderOf(part), transformers ? "model" : "diffusion_pytorch_model", preferHalf);
    }
}
