using BrushEdit;
using BrushEdit.Bench;
using BrushEdit.Linking;

const string usage = """
    Measures the project. Run it from the repository's root.

    quality   how often edits of held-out scenes succeed
      --count N             edits of each kind and family of scenes (20)
      --size N              side of the scenes in pixels (128)
      --forms LIST          Remove,Add,Recolor,Replace,Background,Light (all)
      --captions WHICH      full: the whole picture; short: the content of the hole on its background; wrong: the former content of the hole;
                            none (full)
      --engine NAME         BrushNet, BlendedLatent, SDEdit, DdimP2P, NullTextP2P, DirectP2P (BrushNet)
      --strength S          more than 0, at most 1 (the engine's own)
      --erase MODE          full or graded: how the hole is kept from attending to itself (none)
      --sheet FILE.png      a contact sheet: source, mask, blurred fill, result, truth
      --rows N              rows of the sheet for each kind and family (4)

    edits     how often edits by instruction alone succeed, from the plan to the fill
      --count, --size, --forms, --sheet, --rows   as for quality
      --told                gives the caption of the scene before the edit besides the instruction
      --failures            shows only failures on the sheet, and counts their causes
      --most N              the most rows of the sheet (60)
      --attempts N          attempts at an edit whose result fails verification; 1 verifies nothing without --judged (1)
      --judged              verifies even with one attempt
      --unjudged            verifies without the CLIP judge

    engines   the same edits of held-out scenes by several engines, with the true masks and captions
      --engines LIST        BrushNet,BlendedLatent,SDEdit,DdimP2P,DirectP2P (these), NullTextP2P, SDInpainting, ControlNetInpaint, InstructPix2Pix
      --count N             edits of each kind (20)
      --networks FOLDER     the networks of the last three, each in a folder named after its engine (artifacts/engines); bench/engine-networks.ps1 trains them
      --size, --forms       as for quality
      --page FILE.html      writes a page with the results beside the truth, and the means
      --rows N              edits of each kind and engine on the page (4)

    edges     how much of the old background remains along the edges of the kept objects
      --count, --size, --sheet, --rows   as for quality
      --fill                also measures the network's fill, not only the true new background

    shadows   the effect of removing the shadow together with its object
      --count, --size, --sheet, --rows   as for quality
      --grows LIST          pixels by which the masks are grown (the usual growth, and 2/5 of it)
      --fill                also fills, and judges the results

    finds     the detector's scores for objects that are present and absent
      --count N             held-out scenes (200)
      --size N              side of the scenes in pixels (128)

    speed     the cost of a whole edit, and the gain of each exact saving
      --full                the full Stable Diffusion 1.5 shape with random weights, instead of the bundle
      --repeats N           pairs of runs (7)

    savings   the gain and the cost of skipping passes, each compared with the full run (steps: 20)
      --full                the full Stable Diffusion 1.5 shape with random weights at 256 x 256, one edit, instead of the bundle
      --count N             edits of each kind and family of scenes (4)
      --size, --forms       as for quality
      --samples N           samples, one by one and in one batch (4)
      --rows LIST           numbers of the rows to run besides the first, from 1 (all)

    folder    writes a base model of the published size and its BrushNet with random weights, for scripts to edit with
      --family NAME         sd15 or sdxl (sdxl)
      --to FOLDER           the folder to write; it must not exist

    stages    the cost of a detector or a segmenter of the published size
      --network NAME        grounding-dino-tiny, grounding-dino-base, sam-vit-base or sam-vit-huge (grounding-dino-tiny)

    threads   the cost of the number of threads and of their way of waiting, alone and beside busy programs
      --neighbours LIST     numbers of busy threads beside the measurement (1,2)
      --count N             fills in a measurement (3)
      --repeats N           measurements of each setting (3)
      --passive             omits libtorch's own way of waiting, which takes minutes for a fill on a very busy machine

    gpu       a table for a GPU: guided steps, a whole fill, peak memory (bench/gpu/run.sh runs it on machines without .NET)
      --tiny                the bundle instead of the full size
      --size N              side of the picture in pixels (512)
      --timed N             steps to time (20)
      --reference FILE.json the output of bench/gpu/reference.py
      --out FILE.md         the file for the table

    memory    whether edits leak memory
      --count N             edits (50)

    loading   the cost of loading SAM-huge, and the memory that remains after clearing it
      --file PATH           the weights; written at random if the file does not exist
      --repeats N           loads (3)

    precision how far fills in bfloat16 and with 8-bit weights are from single precision, their cost, and the result of the bfloat16 probe
      --count N             held-out scenes (12)
      --size N              side in pixels, for whole pictures; 0: the model's own (0)
      --passes N            also alternates passes of the U-Net alone in both types (0); --count 0 omits the fills
      --low-memory          keeps one network at a time in memory; the autoencoder is then not measured in bfloat16
      --no-bfloat16         omits bfloat16, which is many times slower on a processor without its instructions

    few-steps     seconds for an edit with the full Stable Diffusion 1.5 shape: many guided steps, or few of a distilled model
      --size N              side of the picture in pixels (512)
      --timed N             steps to run of each kind, 2 or more (3)

    generations   the kept part of a JPEG that is edited again and again
      --count N             edits, each of the file that the previous one wrote (10)
      --picture PATH        the first picture (a drawn scene of 512 x 512)

    reliability   long batches in PowerShell
      --parts LIST          memory,kill,stop,salted (all)
      --count N             edits of the part memory (500)
      --files N             files of an interrupted batch (30)
      --kills N --stops N   numbers of interruptions (20, 5)
      --seed N              the seed of their moments (1)

    fuzz      whether broken files of every kind are refused: seeded changes of valid files
      --seconds N           duration (60)
      --seed N              the seed of the first case (1)

    Options of every command (default steps: speed and savings 20, threads 10, reliability 4, others 50)
      --model PATH --steps N --guidance X --conditioning X --margin X --sampler NAME --negative TEXT --device NAME --precision NAME
    """;

(string, string)[] common =
[
    ("model", "weights/toybox"), ("steps", "50"), ("guidance", "model"), ("conditioning", "1"), ("sampler", "UniPC"), ("margin", "default"),
    ("negative", "ugly, low quality"), ("device", "auto"), ("precision", "auto"),
];
Dictionary<string, (Action<BenchOptions> Run, (string, string)[] Options)> commands = new(StringComparer.Ordinal)
{
    ["quality"] = (QualityCommand.Run, [("count", "20"), ("size", "128"), ("forms", "Remove,Add,Recolor,Replace,Background,Light"), ("captions", "full"), ("engine", "BrushNet"), ("strength", "engine"), ("erase", "none"), ("sheet", ""), ("rows", "4")]),
    ["edits"] = (EditsCommand.Run, [("count", "20"), ("told", "false"), ("attempts", "1"), ("failures", "false"), ("most", "60"), ("judged", "false"), ("unjudged", "false"), ("size", "128"), ("forms", "Remove,Add,Recolor,Replace,Background,Light"), ("sheet", ""), ("rows", "4")]),
    ["engines"] = (EnginesCommand.Run, [("count", "20"), ("size", "128"), ("forms", "Remove,Add,Recolor,Replace,Background,Light"), ("engines", "BrushNet,BlendedLatent,SDEdit,DdimP2P,DirectP2P"), ("networks", "artifacts/engines"), ("page", ""), ("rows", "4")]),
    ["edges"] = (EdgesCommand.Run, [("count", "20"), ("size", "128"), ("fill", "false"), ("sheet", ""), ("rows", "4")]),
    ["shadows"] = (ShadowsCommand.Run, [("count", "20"), ("size", "128"), ("grows", ""), ("fill", "false"), ("sheet", ""), ("rows", "4")]),
    ["speed"] = (SpeedCommand.Run, [("steps", "20"), ("full", "false"), ("repeats", "7")]),
    ["savings"] = (SavingsCommand.Run, [("steps", "20"), ("full", "false"), ("count", "4"), ("size", "128"), ("forms", "Remove,Add,Recolor,Replace,Background,Light"), ("samples", "4"), ("rows", "")]),
    ["few-steps"] = (FewStepsCommand.Run, [("size", "512"), ("timed", "3")]),
    ["folder"] = (FullSizeFolder.Run, [("family", "sdxl"), ("to", "")]),
    ["finds"] = (FindsCommand.Run, [("count", "200"), ("size", "128")]),
    ["stages"] = (StagesCommand.Run, [("network", "grounding-dino-tiny")]),
    ["threads"] = (ThreadsCommand.Run, [("steps", "10"), ("neighbours", "1,2"), ("count", "3"), ("repeats", "3"), ("passive", "false"), ("workers", "1"), ("child", "false")]),
    ["loading"] = (LoadingCommand.Run, [("file", ""), ("repeats", "3")]),
    ["precision"] = (PrecisionCommand.Run, [("count", "12"), ("size", "0"), ("low-memory", "false"), ("no-bfloat16", "false"), ("passes", "0")]),
    ["gpu"] = (GpuCommand.Run, [("tiny", "false"), ("size", "512"), ("timed", "20"), ("reference", ""), ("out", "")]),
    ["memory"] = (MemoryCommand.Run, [("count", "50")]),
    ["generations"] = (GenerationsCommand.Run, [("count", "10"), ("picture", "")]),
    ["fuzz"] = (FuzzCommand.Run, [("seconds", "60"), ("seed", "1")]),
    ["reliability"] = (ReliabilityCommand.Run,
        [("steps", "4"), ("parts", "memory,kill,stop,salted"), ("count", "500"), ("files", "30"), ("kills", "20"), ("stops", "5"), ("seed", "1")]),
};
if (args.Length == 0
    || !commands.TryGetValue(args[0], out (Action<BenchOptions> Run, (string, string)[] Options) command)
    || BenchOptions.Parse(args, [.. common, .. command.Options]) is not { } options)
{
    Console.Error.WriteLine(usage);
    return 2;
}

NativeLibraries.Register();
try
{
    command.Run(options);
    return 0;
}
catch (EditException fault)
{
    Console.Error.WriteLine(fault.Message);
    return 1;
}
catch (InvalidOperationException fault)
{
    Console.Error.WriteLine(fault.Message);
    return 1;
}
