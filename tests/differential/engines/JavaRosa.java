// Evaluates expressions in JavaRosa (the engine of ODK Collect), out of ODK Validate's archive.
//
// The same job and results as evaluate.mjs, without states. The clock is the machine's.
//   java -cp ODK_Validate.jar JavaRosa.java < job.json

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Date;
import org.javarosa.core.model.FormDef;
import org.javarosa.core.model.condition.EvaluationContext;
import org.javarosa.core.model.instance.InstanceInitializationFactory;
import org.javarosa.core.model.instance.TreeElement;
import org.javarosa.core.model.instance.TreeReference;
import org.javarosa.core.reference.ReferenceManager;
import org.javarosa.core.reference.Reference;
import org.javarosa.core.reference.ReferenceFactory;
import org.javarosa.model.xform.XFormsModule;
import org.javarosa.xform.parse.XFormParser;
import org.javarosa.xform.util.XFormUtils;
import org.javarosa.xpath.XPathNodeset;
import org.javarosa.xpath.XPathParseTool;
import org.javarosa.xpath.expr.XPathExpression;
import org.javarosa.xpath.expr.XPathFuncExpr;

public class JavaRosa {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final PrintStream OUT = System.out;
    private static Path folder;

    public static void main(String[] arguments) throws Exception {
        System.setOut(new PrintStream(java.io.OutputStream.nullOutputStream()));

        JsonNode job = JSON.readTree(System.in);
        new XFormsModule().registerModule();
        folder = Files.createTempDirectory("forms");
        ReferenceManager.instance().addReferenceFactory(new FormFiles());
        ObjectNode results = JSON.createObjectNode();
        for (JsonNode task : job.get("tasks")) {
            String id = task.get("id").asText();
            try {
                results.set(id, evaluate(job, task));
            } catch (Throwable problem) {
                results.putObject(id).put("error", String.valueOf(problem));
            }
        }
        ObjectNode answer = JSON.createObjectNode();
        answer.set("results", results);
        OUT.write(JSON.writeValueAsBytes(answer));
        OUT.flush();
        System.exit(0);
    }

    /** Finds the files of a form, whatever their address, in one folder. */
    private static class FormFiles implements ReferenceFactory {
        public boolean derives(String address) {
            return address.startsWith("jr://");
        }

        public Reference derive(String address) {
            Path file = folder.resolve(address.substring(address.lastIndexOf('/') + 1));
            return new Reference() {
                public String getLocalURI() {
                    return file.toString();
                }

                public String getURI() {
                    return address;
                }

                public boolean doesBinaryExist() {
                    return Files.exists(file);
                }

                public boolean isReadOnly() {
                    return true;
                }

                public InputStream getStream() throws java.io.IOException {
                    return Files.newInputStream(file);
                }

                public OutputStream getOutputStream() {
                    throw new UnsupportedOperationException();
                }

                public void remove() {
                    throw new UnsupportedOperationException();
                }

                public Reference[] probeAlternativeReferences() {
                    return new Reference[0];
                }
            };
        }

        public Reference derive(String address, String context) {
            return derive(address);
        }
    }

    private static JsonNode evaluate(JsonNode job, JsonNode task) throws Exception {
        JsonNode source = job.get("forms").get(task.get("form").asText());
        byte[] xml = source.get("xml").asText().getBytes(StandardCharsets.UTF_8);
        if (source.has("files")) {
            for (var file : (Iterable<java.util.Map.Entry<String, JsonNode>>)
                    () -> source.get("files").fields()) {
                Files.writeString(folder.resolve(file.getKey()), file.getValue().asText());
            }
        }
        FormDef form = XFormUtils.getFormFromInputStream(new ByteArrayInputStream(xml));
        byte[] answers = task.get("instance").asText().getBytes(StandardCharsets.UTF_8);
        TreeElement saved = XFormParser.restoreDataModel(answers, null).getRoot();
        TreeElement root = form.getInstance().getRoot().deepCopy(true);
        root.populate(saved, form);
        form.getInstance().setRoot(root);
        form.initialize(false, new InstanceInitializationFactory());
        ObjectNode result = JSON.createObjectNode();
        ArrayNode values = result.putArray("values");
        for (JsonNode each : task.get("expressions")) {
            ObjectNode value = values.addObject();
            try {
                TreeReference at = XPathReference(each.get("at").asText());
                EvaluationContext context = new EvaluationContext(
                    form.getEvaluationContext(), at);
                context.setOriginalContext(at);
                XPathExpression parsed = XPathParseTool.parseXPath(each.get("xpath").asText());
                describe(parsed.eval(form.getMainInstance(), context), value);
            } catch (Throwable problem) {
                value.put("error", String.valueOf(problem));
            }
        }
        return result;
    }

    private static TreeReference XPathReference(String path) throws Exception {
        TreeReference found = TreeReference.rootRef();
        for (String step : path.substring(1).split("/")) {
            int bracket = step.indexOf('[');
            String name = bracket < 0 ? step : step.substring(0, bracket);
            int at = bracket < 0 ? 0
                : Integer.parseInt(step.substring(bracket + 1, step.length() - 1)) - 1;
            found.add(name, at);
        }
        return found;
    }

    private static void describe(Object result, ObjectNode value) {
        if (result instanceof XPathNodeset) {
            XPathNodeset nodes = (XPathNodeset) result;
            value.put("nodes", nodes.size());
            result = nodes.size() == 0 ? "" : nodes.unpack();
        }
        value.put("string", XPathFuncExpr.toString(result));
        if (result instanceof Boolean) {
            value.put("type", "boolean").put("boolean", (Boolean) result);
        } else if (result instanceof Double || result instanceof Integer
                || result instanceof Long) {
            value.put("type", "number").put("number", ((Number) result).doubleValue() + "");
        } else if (result instanceof Date) {
            value.put("type", "date");
        } else {
            value.put("type", "string");
        }
    }
}
