// SCIMMY behind Express, as its documentation shows; resources are kept in maps.
import { randomUUID } from "node:crypto";
import express from "express";
import SCIMMY from "scimmy";
import SCIMMYRouters from "scimmy-routers";

const { Error: ScimError } = SCIMMY.Types;

function keep(type, unique) {
    const kept = new Map();
    const key = (value) => String(value).toLowerCase();

    SCIMMY.Resources.declare(type)
        .ingress((resource, data) => {
            const id = resource.id ?? randomUUID();
            if (resource.id && !kept.has(id)) throw new ScimError(404, null, `Resource ${id} not found`);
            for (const [other, { [unique]: value }] of kept) {
                if (other !== id && key(value) === key(data[unique]))
                    throw new ScimError(409, "uniqueness", `${unique} is in use`);
            }
            const now = new Date().toISOString();
            const created = kept.get(id)?.meta.created ?? now;
            kept.set(id, { ...data, id, meta: { created, lastModified: now } });
            return kept.get(id);
        })
        .egress((resource) => {
            if (!resource.id) {
                const all = [...kept.values()];
                return resource.filter ? resource.filter.match(all) : all;
            }
            if (!kept.has(resource.id)) throw new ScimError(404, null, `Resource ${resource.id} not found`);
            return kept.get(resource.id);
        })
        .degress((resource) => {
            if (!kept.delete(resource.id)) throw new ScimError(404, null, `Resource ${resource.id} not found`);
        });
}

SCIMMY.Resources.User.extend(SCIMMY.Schemas.EnterpriseUser, false);
keep(SCIMMY.Resources.User, "userName");
keep(SCIMMY.Resources.Group, "displayName");

const app = express();
app.use("/scim/v2", new SCIMMYRouters({
    type: "bearer",
    baseUri: (request) => `${request.protocol}://${request.get("host")}`,
    handler: (request) => {
        const [scheme, token] = (request.header("Authorization") ?? "").split(" ");
        if (scheme.toLowerCase() !== "bearer" || token !== process.env.PEER_TOKEN)
            throw new Error("The token is not right");
        return "peer";
    },
}));
app.listen(Number(process.argv[2]), "127.0.0.1");
